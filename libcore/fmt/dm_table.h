/*
 * Lines of a device-mapper table, as 'dmsetup table' prints them: "START LENGTH TYPE WORDS...". Source: the kernel's
 * Documentation/admin-guide/device-mapper/.
 */
#ifndef FMT_DM_TABLE_H
#define FMT_DM_TABLE_H

#include <stdbool.h>

#include "base/span.h"

struct dm_line {
	uint64_t start, length;  /* sectors of 512 bytes */
	struct span type, words; /* borrowed; words: everything after the type, or nothing */
};

/* Reads a line. Returns false if it does not have that form. */
bool dm_line_read(struct span line, struct dm_line *out);

/* Whether a word names a device other than by MAJOR:MINOR: a path, UUID=, PARTUUID=, LABEL=, PARTLABEL=.  */
bool dm_word_is_device(struct span word);

#endif
