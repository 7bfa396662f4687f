/*
 * The steps from a request to an image: what is read, what is made of it, and who frees it.
 */
#ifndef INITRAMFS_BUILD_H
#define INITRAMFS_BUILD_H

#include <stdio.h>

#include "capture_kernel.h"
#include "image.h"
#include "plan.h"
#include "request.h"

/* Starts as all zeros but for request and log. */
struct build {
	const struct request *request;
	struct log log;
	struct plan plan;
	struct capture_kernel kernel; /* arch and release are empty without -k */
	struct modules modules;
	struct names module_names;
	struct buffer *module_data;
	struct buffer script;
};

/* Reads configuration, kernel and modules, and makes the script. Returns 0 or a negative errno. */
int build_read(struct build *build, struct error *e);

/* Packs the image, writes it, and says on summary what is in it. Returns 0 or a negative errno. */
int build_image(struct build *build, FILE *summary, struct error *e);

/* Adds the command line that the capture kernel should get. Returns 0 or a negative errno. */
int build_cmdline(struct build *build, struct buffer *line, struct error *e);

void build_deinit(struct build *build);

#endif
