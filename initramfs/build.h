/*
 * The steps from a request to an image: what each reads and makes, and how it is freed.
 */
#ifndef INITRAMFS_BUILD_H
#define INITRAMFS_BUILD_H

#include "image/crashbox_binary.h"
#include "budget/budget.h"
#include "kernel/capture_kernel.h"
#include "image/image.h"
#include "plan/plan.h"
#include "request.h"

/* Starts as all zeros except request and log; what a step fills stays zero until it runs. */
struct build {
	const struct request *request;
	struct log log;

	/* build_read */
	struct plan plan;
	uint32_t conf_crc, kernel_crc; /* CRC-32 of the files' bytes, as in gzip */
	struct capture_kernel kernel;  /* arch and release are empty without -k */
	struct kernel_size kernel_size;
	struct error no_budget; /* why kernel_size is unknown; code 0: it is known */
	struct modules modules;
	size_t common_from; /* where in their order those of --drivers common begin */
	struct module_files module_files;
	struct buffer script;

	/* build_pack */
	struct crashbox_binary binary;
	struct extra_files files;
	struct buffer cmdline;
	struct buffer image;
	struct image_sizes sizes;   /* of our own archive */
	struct string_list secrets; /* inputs that not everybody can read; those of build_write only after it */
	uint64_t foreign;           /* uncompressed bytes of the archives in front */
	struct budget budget;       /* with -k only */
	uint64_t minimum;           /* bytes; 0: unknown */
};

/* Reads configuration, kernel and modules, and makes the script. Returns 0 or a negative errno. */
int build_read(struct build *build, struct error *e);

/* Makes the image in memory, and the budget. Returns 0 or a negative errno. */
int build_pack(struct build *build, struct error *e);

/* Whether the image contains what not everybody can read: then it gets mode 0600. Known after build_write. */
bool build_is_secret(const struct build *build);

/* Writes the image to its file. Returns 0 or a negative errno. */
int build_write(struct build *build, struct error *e);

/*
 * Adds the command line that the capture kernel should get, or, with explain, a line or two on each of its words.
 * Returns 0 or a negative errno.
 */
int build_cmdline(struct build *build, struct buffer *line, bool explain, struct error *e);

void build_deinit(struct build *build);

#endif
