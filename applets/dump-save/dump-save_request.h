/*
 * dump-save's command line.
 */
#ifndef APPLETS_DUMP_SAVE_DUMP_SAVE_REQUEST_H
#define APPLETS_DUMP_SAVE_DUMP_SAVE_REQUEST_H

#include <stdbool.h>

#include "applet.h"
#include "dump/save.h"
#include "dump/target/target_kinds.h"

/* Bits of makedumpfile's message level. */
enum { MESSAGE_PROGRESS = 1, MESSAGE_COMMON = 2, MESSAGE_DEBUG = 8 };

struct dump_save_request {
	struct save_options save;
	const char *source, *dest;
	unsigned how;                       /* SINK_REPLACE, SINK_FLATTENED */
	const struct dump_target_ops *kind; /* of DEST; NULL: a single file or stream */
	struct dump_target_request target;
	bool compress_given, level_given, accept_partial;
	unsigned messages;
};

extern const struct option dump_save_options[];

/*
 * Reads the command line. Returns -1 with the request; or an exit status, after printing the help or the mistake.
 */
int dump_save_parse(struct dump_save_request *request, int argc, char **argv);

#endif
