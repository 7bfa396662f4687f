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
 * The same for a look at a file that may have broken off: what its end cuts off of a segment is left out, and there
 * may be none at all. *cut: something was.
 */
int vmcore_open_cut(const char *path, bool *cut, struct source **source, struct error *e);
void vmcore_close(struct source *source);

/* CLEANUP for a struct source * that came from vmcore_open. */
void vmcore_closep(struct source **source);

#endif
