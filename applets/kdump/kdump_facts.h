/* The start of every verb of kdump: the request, and the facts from configuration, image and running system. */
#ifndef APPLETS_KDUMP_KDUMP_FACTS_H
#define APPLETS_KDUMP_KDUMP_FACTS_H

#include <stdbool.h>

#include "base/error.h"
#include "fmt/image_info.h"
#include "fmt/initrd.h"
#include "kdump/kdump_record.h"

enum { KDUMP_PATH = IMAGE_PLAN_PATH };

/* The command line; all borrowed. */
struct kdump_request {
	const char *conf, *image, *kernel, *append; /* NULL: not given */
	const char *root;                           /* the tree to examine instead of the running system's */
	bool load_modules;
};

/* Missing facts are not errors; an invalid request is. */
struct kdump_facts {
	const struct kdump_request *request;
	char conf[KDUMP_PATH];   /* "": none */
	char image[KDUMP_PATH];  /* always a name */
	char kernel[KDUMP_PATH]; /* "": none */
	bool disabled;
	uint32_t conf_crc, image_crc, kernel_crc; /* the kernel's only if the image names one */
	bool image_found;
	char *image_bytes; /* owned */
	size_t image_size;
	struct error image_error; /* code 0: it could be read */
	struct initrd initrd;
	struct image_info info;
	struct span plan, script; /* /etc/crashbox.conf and /etc/capture.sh of the image; empty: not in it */
	int64_t reserved;         /* bytes; negative: not known */
	int loaded;               /* 1, 0, negative */
	bool asked_for;           /* crashkernel= is on the command line */
	char release[65];         /* of this kernel */
	struct kdump_record record;
};

/* Fills the facts; the caller frees them, also after a failure. Returns 0, or -ENOENT if --conf's file is missing. */
int kdump_facts_init(struct kdump_facts *facts, const struct kdump_request *request, struct error *e);
void kdump_facts_deinit(struct kdump_facts *facts);

/* Returns 0, or a negative errno if the image does not exist or cannot be read. */
int kdump_image_check(const struct kdump_facts *facts, struct error *e);

/* The value of an option of the image's plan, the first of its name. Returns whether it exists and fits. */
bool kdump_plan_get(const struct kdump_facts *facts, const char *option, char *out, size_t size);

/* The directory on a target that dumps go to. */
void kdump_directory(const struct kdump_facts *facts, char path[KDUMP_PATH]);

/* The capture kernel's command line. Returns 0, -ENODATA if nothing specifies one, or -E2BIG. */
int kdump_cmdline(const struct kdump_facts *facts, char *line, size_t size, struct error *e);

/* Whether the configuration, or the kernel, differs from the one that the image was made from. */
bool kdump_conf_changed(const struct kdump_facts *facts);
bool kdump_kernel_changed(const struct kdump_facts *facts);

#endif
