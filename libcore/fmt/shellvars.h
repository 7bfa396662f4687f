/*
 * Files of NAME=value lines as a shell reads them with its . command: /etc/sysconfig and /etc/default. Only assignments
 * are understood (POSIX.1-2017, Shell Command Language, 2.2, 2.3 and 2.9.1), with quotes, comments, "export" and lines
 * that go on; what would need a shell to run ($NAME, `...`, commands) is refused, never guessed. Pure: a text in, its
 * variables with their line numbers out.
 */
#ifndef FMT_SHELLVARS_H
#define FMT_SHELLVARS_H

#include "base/error.h"
#include "base/span.h"

enum {
	SHELLVARS_NAME_MAX = 63,    /* bytes */
	SHELLVARS_VALUE_MAX = 4096, /* bytes, without quotes */
};

/* Where the reader is; the caller sets text and file (the name for messages) and leaves the rest zero. All borrowed. */
struct shellvars_reader {
	struct span text;
	const char *file;
	size_t offset; /* of the next byte */
	int line;      /* newlines before it */
};

struct shellvar {
	char name[SHELLVARS_NAME_MAX + 1];
	char value[SHELLVARS_VALUE_MAX + 1]; /* without its quotes; may hold tabs and newlines */
	int line;                            /* where it starts, from 1 on */
};

/*
 * The next assignment. Returns 1 with *var set, 0 at the end, or -EINVAL with "FILE:LINE: what": for what is no
 * assignment, for a quote that is not closed, for control characters, and for names and values that are too long.
 */
int shellvars_next(struct shellvars_reader *reader, struct shellvar *var, struct error *e);

#endif
