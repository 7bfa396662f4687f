/*
 * makedumpfile's command line, as it stands behind core_collector, in the words of dump-save.
 */
#ifndef INITRAMFS_DIALECT_COLLECTOR_H
#define INITRAMFS_DIALECT_COLLECTOR_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "base/span.h"

#include "text/buffer.h"

struct collector {
	unsigned level;    /* the dump level */
	bool elf;          /* -E */
	bool flattened;    /* -F */
	char compress;     /* 'c', 'l', 'p', 'z', or 0 where nothing was asked for */
	int message_level; /* -1: not given */
};

/*
 * Reads "makedumpfile -l -d 31". where is "FILE:LINE" and option the option's name, for messages. What changes nothing
 * about the dump's content or place is left out with a note on the log; what dump-save cannot do is -EINVAL. Returns 0
 * or a negative errno.
 */
int collector_init(struct collector *collector, const char *option, struct span value, const char *where,
		   const struct log *log, struct error *e);

/* The same again, as words that collector_init reads; all that is said stands in them. */
void collector_print(struct buffer *out, const struct collector *collector);

/* Its options but for the level, which dump-save has under the same letters, each behind a blank. */
void collector_print_options(struct buffer *out, const struct collector *collector);

/* What is used where the configuration has no core_collector. */
struct collector collector_default(void);

#endif
