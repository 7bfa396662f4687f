/*
 * Assembling md arrays by the kernel's own calls.
 * Source: the kernel's drivers/md/md.c and include/uapi/linux/raid/md_u.h.
 */
#ifndef SYS_MD_H
#define SYS_MD_H

#include <stdbool.h>

#include "base/error.h"

/* A device of a new array, which is made as its members are added. */
struct md_array {
	int fd;
	const char *path;
	int members;
};

/*
 * Makes the node of an array ("/dev/md0" to "/dev/md1048575") and opens it; the metadata's version is that of its
 * members. Returns 0, -EBUSY for an array that runs, or another negative errno (no md driver). The caller calls
 * md_close.
 */
int md_open(struct md_array *array, const char *path, int major, int minor, struct error *e);

/* Adds the member with this path: its superblock says the rest. Returns 0 or a negative errno. */
int md_add(struct md_array *array, const char *member, struct error *e);

/*
 * Starts the array, degraded where members are missing, and keeps it from resynchronising: that would take memory and
 * the disks' time from the dump. force: RAID 5 and 6 also where they are dirty and degraded, which the kernel refuses
 * else, since what was being written at the crash may come back wrong. Returns 0 or a negative errno.
 */
int md_run(struct md_array *array, bool force, struct error *e);

void md_close(struct md_array *array);

#endif
