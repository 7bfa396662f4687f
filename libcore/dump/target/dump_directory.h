/*
 * The directory of one dump.
 */
#ifndef DUMP_TARGET_DUMP_DIRECTORY_H
#define DUMP_TARGET_DUMP_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Opens the directory that holds the dumps; make: makes what is missing of it, mode 0755. root NULL: links in the path
 * are followed as everywhere. Otherwise a target is mounted on root, and the path begins with it and a slash: links
 * below are followed as if root were "/". Returns a descriptor, or a negative errno (-ENOENT also for a link that leads
 * nowhere).
 */
int directory_open(const char *root, const char *path, bool make, struct error *e);

/*
 * Whether what a user owns in an open directory can be taken for ours: it is root's, the caller's, or of the
 * directory's owner, who can do anything there; on a server, root's files may be of another user's, to whom the
 * directory then belongs.
 */
bool directory_trusts(int parent, uid_t uid);

/*
 * Makes HOST-YYYY-MM-DD-HHMMSS, mode 0700, in an open directory, whose path is where. crash_time is in seconds
 * since 1970, shown as UTC; host is the crashed kernel's; bytes that are not allowed in a file name become '_'. Reuses
 * an existing one of ours without "vmcore" (an earlier try of the same crash), or with a file called mine (NULL: none);
 * otherwise appends "-2" and so on, whatever has the names. Returns its descriptor, with *path for the caller to free,
 * or a negative errno.
 */
int directory_make(int parent, const char *where, const char *host, uint64_t crash_time, const char *mine, char **path,
		   struct error *e);

#endif
