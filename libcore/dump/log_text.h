/*
 * The crashed kernel's log as text into a sink.
 */
#ifndef DUMP_LOG_TEXT_H
#define DUMP_LOG_TEXT_H

#include "dump/sink/sink.h"
#include "kern/kernel.h"

/*
 * The line behind a log where nothing else says what it is, on a console or in pstore: this, the time of the crash as
 * utc_text makes it with " " and ":", " UTC" and a newline. Such times sort as texts.
 */
#define LOG_TEXT_END "crashbox: end of the log of the crash, time "

/*
 * Puts the whole log, from offset 0 on, and counts: *records, *damaged (left out) and *size in bytes. Calls neither
 * commit nor abort. Returns 0 or a negative errno (ENODATA: this kernel's log cannot be read).
 */
int log_text_put(struct kernel *kernel, struct sink *sink, uint64_t *records, uint64_t *damaged, uint64_t *size,
		 struct error *e);

#endif
