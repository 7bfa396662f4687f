/*
 * The crashed kernel's log as text into a sink.
 */
#ifndef DUMP_LOG_TEXT_H
#define DUMP_LOG_TEXT_H

#include "dump/sink/sink.h"
#include "kern/kernel.h"

/*
 * The line after a log where nothing else says what it is, on a console or in pstore: this, the time of the crash as
 * utc_text makes it with " " and ":", " UTC" and a newline. Such times sort as texts.
 */
#define LOG_TEXT_END "crashbox: end of the log of the crash, time "

enum { LOG_TEXT_WHEN = 40 }; /* bytes of such a time with its " UTC" and a NUL, and some more */

/* Finds the last of these lines in a text and copies what follows to its first unprintable byte, cut to fit. Returns
 * whether there is one. */
bool log_text_find_end(struct span text, char when[LOG_TEXT_WHEN]);

/*
 * Writes the whole log, then the text end (NULL: nothing), and commits it, or aborts. Counts *records, and *damaged,
 * which are left out. Returns 0 or a negative errno (ENODATA: this kernel's log cannot be read).
 */
int log_text_save(struct kernel *kernel, struct sink *sink, const char *end, uint64_t *records, uint64_t *damaged,
		  struct error *e);

#endif
