/*
 * The directory of one dump.
 */
#ifndef DUMP_TARGET_DUMP_DIRECTORY_H
#define DUMP_TARGET_DUMP_DIRECTORY_H

#include <stdint.h>

#include "base/error.h"

/* Makes the missing directories of a path, with mode 0755. Returns 0 or a negative errno. */
int directory_make_parents(const char *path, struct error *e);

/*
 * Makes PARENT/HOST-YYYY-MM-DD-HHMMSS, mode 0700, with missing directories above it (0755). crash_time is in seconds
 * since 1970, shown as UTC; host is the crashed kernel's; bytes that are not allowed in a file name become '_'. Reuses
 * an existing one without "vmcore" (an earlier try of the same crash); otherwise appends "-2" and so on. Returns 0 with
 * *path for the caller to free, or a negative errno.
 */
int directory_make(const char *parent, const char *host, uint64_t crash_time, char **path, struct error *e);

#endif
