/*
 * Mounting, unmounting, and the mount table.
 */
#ifndef SYS_MOUNTS_H
#define SYS_MOUNTS_H

#include <stddef.h>

#include "base/error.h"

/* The options of "-o" for mount(2). Zero it, then parse each text into it. */
struct mount_options {
	unsigned long flags; /* MS_* */
	char data[1024];     /* the rest, for the file system, with commas */
};

/*
 * Adds a comma-separated list of options ("ro,noatime,data=journal"); a later flag undoes an earlier opposite one.
 * Skips options that only matter in /etc/fstab (defaults, auto, noauto, nofail, _netdev, x-...). Returns 0, or -E2BIG.
 */
int mount_options_parse(struct mount_options *options, const char *text, struct error *e);

/*
 * mount(2) of source on dir; type may be NULL for a bind, a move and a remount. A bind with further flags also does the
 * remount that they require. Errors say what to do. Returns 0 or a negative errno.
 */
int mounts_add(const char *source, const char *dir, const char *type, const struct mount_options *options,
	       struct error *e);

/* umount2(2) with MNT_ flags. Returns 0 or a negative errno. */
int mounts_remove(const char *dir, int flags, struct error *e);

/* One mount of the table. */
struct mounted {
	int id;       /* the kernel's, unique as long as it is mounted */
	char *dir;    /* mount point, without the table's escapes */
	char *source; /* what */
	char *type;   /* of the file system: "ext4" */
	char *device; /* "MAJOR:MINOR", of its files */
	char *root;   /* the mounted directory of the file system: "/", unless it is a bind of another */
};

/* A copy of the table, in the order of mounting. */
struct mount_table {
	struct mounted *entries;
	size_t count;
	char *text; /* holds the entries' strings */
};

/* Reads /proc/self/mountinfo. Returns 0 or a negative errno; after success the caller calls mount_table_free. */
int mount_table_read(struct mount_table *table, struct error *e);

/* The same from its text, which the table takes over, also if it fails, and changes. Lines of another form are skipped.
 */
int mount_table_parse(struct mount_table *table, char *text, struct error *e);
void mount_table_free(struct mount_table *table);

/* Whether a table has a mount (the same id at the same place). */
int mount_table_has(const struct mount_table *table, const struct mounted *mounted);

/* Whether /proc/filesystems lists a file system type: 1, or 2 for one that needs no device; 0: no.  */
int filesystem_known(const char *type);

#endif
