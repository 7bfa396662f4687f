/*
 * Files of NAME=value lines as a shell reads them with its . command: /etc/sysconfig and /etc/default. Only assignments
 * are understood (POSIX.1-2017, Shell Command Language, 2.2, 2.3 and 2.9.1), with quotes, comments, "export" and
 * continued lines; anything that needs a shell ($NAME, `...`, commands) is refused, never guessed. Pure: a text in, its
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
	char value[SHELLVARS_VALUE_MAX + 1]; /* without its quotes; may contain tabs and newlines */
	int line;                            /* where it starts, from 1 */
};

/*
 * The next assignment. Returns 1 with *var set, 0 at the end, or -EINVAL with "FILE:LINE: what" for anything but an
 * assignment, an unclosed quote, a control character, or a name or value that is too long.
 */
int shellvars_next(struct shellvars_reader *reader, struct shellvar *var, struct error *e);

#endif
