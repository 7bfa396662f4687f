/*
 * dump-save's command line: what it asks for.
 */
#ifndef APPLETS_DUMP_SAVE_DUMP_SAVE_REQUEST_H
#define APPLETS_DUMP_SAVE_DUMP_SAVE_REQUEST_H

#include <stdbool.h>

#include "applet.h"
#include "dump/save.h"

/* Bits of makedumpfile's message level. */
enum { MESSAGE_PROGRESS = 1, MESSAGE_COMMON = 2, MESSAGE_DEBUG = 8 };

struct dump_save_request {
	struct save_options save;
	const char *source, *target;
	bool compress_given, level_given, accept_partial, disposable;
	const char *tally;
	bool device; /* target is a raw one */
	unsigned messages, keep, min_free, at_most, within;
};

extern const struct option dump_save_options[];

/*
 * Reads the command line. Returns STATUS_DONE with the request, or, once all is said, STATUS_USAGE; -1 where --help was
 * all.
 */
int dump_save_parse(struct dump_save_request *request, int argc, char **argv);

/* Whether the target is a directory of dumps; and whether it takes more than one file: that, or a raw device. */
bool dump_save_into_directory(const struct dump_save_request *request);
bool dump_save_into_place(const struct dump_save_request *request);

#endif
