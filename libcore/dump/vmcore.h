/*
 * A vmcore as a source: /proc/vmcore, a copy of it, or what a hypervisor has written.
 */
#ifndef DUMP_VMCORE_H
#define DUMP_VMCORE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "base/source.h"

/*
 * Opens and checks a vmcore: the file's ranges must lie inside it and must not overlap (physical overlaps are normal).
 * Everything but the pages is read here and owned by the source. Returns 0 and *source for vmcore_close, or a negative
 * errno (ENOEXEC: not a vmcore; EINVAL: a damaged one).
 *
 * Pages of /proc/vmcore are mapped, in windows; those of a regular file, which could shrink under a mapping, are read.
 */
int vmcore_open(const char *path, const struct log *log, struct source **source, struct error *e);
/*
 * The same for a file that may have been cut off: what is missing of a segment is left out, and there may be no segment
 * at all. Sets *cut, false before, if something is missing; NULL: that is an error, as for vmcore_open.
 */
int vmcore_open_cut(const char *path, bool *cut, const struct log *log, struct source **source, struct error *e);
void vmcore_close(struct source *source);

/* CLEANUP for a struct source * that came from vmcore_open. */
void vmcore_closep(struct source **source);

#endif
