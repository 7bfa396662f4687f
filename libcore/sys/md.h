/*
 * Assembling md arrays by system calls. Source: the kernel's drivers/md/md.c and include/uapi/linux/raid/md_u.h.
 */
#ifndef SYS_MD_H
#define SYS_MD_H

#include <stdbool.h>

#include "base/error.h"

/* A new array, to which members are added. */
struct md_array {
	int fd;
	const char *path;
	int members;
};

/*
 * Makes the node of an array ("/dev/md0" to "/dev/md1048575") and opens it; major and minor are the members' metadata
 * version. Returns 0, -EBUSY for a running array, or another negative errno (no md driver). The caller calls md_close.
 */
int md_open(struct md_array *array, const char *path, int major, int minor, struct error *e);

/* Adds the member with this path; its superblock has the rest. Returns 0 or a negative errno. */
int md_add(struct md_array *array, const char *member, struct error *e);

/*
 * Starts the array, degraded if members are missing, and keeps it from resynchronising, which would cost the dump
 * memory and disk time. force: starts RAID 5 and 6 even if dirty and degraded, which the kernel otherwise refuses,
 * since data being written at the crash may be corrupt. Returns 0 or a negative errno.
 */
int md_run(struct md_array *array, bool force, struct error *e);

void md_close(struct md_array *array);

#endif
