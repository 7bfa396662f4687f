/*
 * sysfs as a tree of files, at any place: the machine's own at /sys, or one that a test has made.
 * Source: the kernel's Documentation/filesystems/sysfs.rst and Documentation/admin-guide/sysfs-rules.rst.
 */
#ifndef INITRAMFS_HOST_SYSFS_H
#define INITRAMFS_HOST_SYSFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The first line of DIR/LEAF; empty, and false, where it is not there. */
bool sysfs_text(const char *dir, const char *leaf, char *text, size_t size);

/* Whether DIR/LEAF is there. */
bool sysfs_has(const char *dir, const char *leaf);

/* Where DIR/LEAF leads to, without links. Returns false where it is not there, or not below the directory top. */
bool sysfs_resolve(const char *top, const char *dir, const char *leaf, char real[PATH_MAX]);

/* The last part of the name that the link DIR/LEAF has as its text. Returns false where there is none. */
bool sysfs_link_name(const char *dir, const char *leaf, char *name, size_t size);

/*
 * Visits the names in a directory, but those with a dot in front, in their order, at most max of them. visit returns 0
 * to go on; anything else ends the walk and is returned. A directory that is not there is empty.
 */
int sysfs_each(const char *dir, size_t max, int (*visit)(void *context, const char *dir, const char *name),
	       void *context, struct error *e);

#endif
