/*
 * mkcaptureinitrd's command line: what it asks for.
 */
#ifndef INITRAMFS_REQUEST_H
#define INITRAMFS_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_OVER_BUDGET = 4,
};

/* What standard output is for: one thing at a time, so that a program can read it. */
enum print {
	PRINT_NOTHING,
	PRINT_SCRIPT,
	PRINT_CMDLINE,
	PRINT_CONFIG,
};

/* All texts are borrowed from the command line. */
struct request {
	const char *conf, *dialect, *root, *kernel, *modules, *out, *binary, *append;
	bool hostonly;
	enum print print;
};

/*
 * Reads the command line. Returns STATUS_DONE with the request, or, once all is said, another status; -1 where that
 * was all that was wanted (--help).
 */
int request_parse(struct request *request, int argc, char **argv);

#endif
