/*
 * The dialect of kdump.conf(5): one "option value" per line. A # starts a comment; blanks around option and value and
 * empty lines are ignored; there are no quotes and no continuation lines. Pure: a text in, its options with their line
 * numbers out. The dialects decide what an option means.
 */
#ifndef FMT_CONF_H
#define FMT_CONF_H

#include "base/error.h"
#include "base/span.h"

enum {
	CONF_LINE_MAX = 4096, /* bytes of a line without its newline */
};

/* The caller sets text and file (the name for messages) and leaves the rest zero. All borrowed. */
struct conf_reader {
	struct span text; /* what has not been read yet */
	const char *file;
	int line; /* the last line read, from 1 */
};

/* One option. The spans lie in the reader's text and have no NUL at their ends; value may be empty. */
struct conf_option {
	struct span name, value;
	int line;
};

/*
 * The next option. Returns 1 with *option set, 0 at the end, or -EINVAL with "FILE:LINE: what" for a line that is too
 * long or holds a control character (a carriage return at its end counts as a blank).
 */
int conf_next(struct conf_reader *reader, struct conf_option *option, struct error *e);

/*
 * Takes the next word off *rest: words end at blanks, quotes have no meaning. Returns an empty span at the end.
 */
struct span conf_word(struct span *rest);

#endif
