/*
 * mkcaptureinitrd's command line: what it asks for.
 */
#ifndef INITRAMFS_REQUEST_H
#define INITRAMFS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#include "compress/compress.h"

/* What standard output is for: one thing at a time, so that a program can read it. */
enum print {
	PRINT_NOTHING,
	PRINT_SCRIPT,
	PRINT_CMDLINE,
	PRINT_CONFIG,
	PRINT_REPORT,
	PRINT_JSON,
	PRINT_MINIMUM,
	PRINT_LIST,         /* the contents of an image; makes none */
	PRINT_CHECK_CONFIG, /* the check of a kernel; makes no image */
};

enum { REQUEST_LIST = 32 };

/* Values of an option that can be repeated, in order. */
struct request_list {
	const char *item[REQUEST_LIST];
	size_t count;
};

/* All texts are borrowed from the command line; NULL: not given. */
struct request {
	const char *conf, *dialect, *root, *kernel, *modules, *out, *binary, *append, *crashkernel;
	struct request_list concat;  /* images to put in front */
	struct request_list drivers; /* modules, in addition to the configuration's */
	const char *operand;         /* of PRINT_LIST and PRINT_CHECK_CONFIG: their file */
	const char *role;            /* of PRINT_CHECK_CONFIG */
	enum compression format;
	bool hostonly, why, strict, common_drivers;
	enum print print;
};

/*
 * Reads the command line. Returns STATUS_DONE with the request; another status after an error, which it has printed; or
 * -1 if nothing is left to do (--help).
 */
int request_parse(struct request *request, int argc, char **argv);

/* Whether the request needs the memory budget. */
bool request_asks_budget(const struct request *request);

#endif
