/*
 * The steps from a request to an image: what is read, what is made of it, and who frees it.
 */
#ifndef INITRAMFS_BUILD_H
#define INITRAMFS_BUILD_H

#include "image/crashbox_binary.h"
#include "budget/budget.h"
#include "kernel/capture_kernel.h"
#include "image/image.h"
#include "plan/plan.h"
#include "request.h"

/* Starts as all zeros but for request and log; what a step has not been to yet is still zero. */
struct build {
	const struct request *request;
	struct log log;

	/* build_read */
	struct plan plan;
	uint32_t conf_crc, kernel_crc; /* of the files' bytes, as gzip has it */
	struct capture_kernel kernel;  /* arch and release are empty without -k */
	struct kernel_size kernel_size;
	struct error no_budget; /* why kernel_size is not known; code 0: it is */
	struct modules modules;
	struct module_files module_files;
	struct buffer script;

	/* build_pack */
	struct crashbox_binary binary;
	struct extra_files files;
	struct buffer cmdline;
	struct buffer image;
	struct image_sizes sizes; /* of our own archive */
	uint64_t foreign;         /* bytes that the archives in front unpack to */
	struct budget budget;     /* with -k only */
	uint64_t minimum;         /* bytes; 0 where it is not known */
};

/* Reads configuration, kernel and modules, and makes the script. Returns 0 or a negative errno. */
int build_read(struct build *build, struct error *e);

/* Makes the image in memory, and the budget. Returns 0 or a negative errno. */
int build_pack(struct build *build, struct error *e);

/* Writes the image to its file. Returns 0 or a negative errno. */
int build_write(struct build *build, struct error *e);

/*
 * Adds the command line that the capture kernel should get, or, to explain it, a line or two for each of its words.
 * Returns 0 or a negative errno.
 */
int build_cmdline(struct build *build, struct buffer *line, bool explain, struct error *e);

void build_deinit(struct build *build);

#endif
