/*
 * The directory of one dump.
 */
#ifndef DUMP_TARGET_DUMP_DIRECTORY_H
#define DUMP_TARGET_DUMP_DIRECTORY_H

#include <stdint.h>

#include "base/error.h"

/* Makes what is missing of a path, with mode 0755; what is there is fine. Returns 0 or a negative errno. */
int directory_make_parents(const char *path, struct error *e);

/*
 * Makes PARENT/HOST-YYYY-MM-DD-HHMMSS, mode 0700, with all that is missing above it (0755). crash_time is in seconds
 * since 1970, shown as UTC; host is taken from the crashed kernel: what is not fit for a file name becomes '_'. One
 * that is there and holds no "vmcore" (an earlier try of the same crash) is used again; otherwise "-2" and so on is
 * appended. Returns 0 with *path for the caller to free, or a negative errno.
 */
int directory_make(const char *parent, const char *host, uint64_t crash_time, char **path, struct error *e);

#endif
