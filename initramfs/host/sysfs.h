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

/* Where it is, without links; top: the directory that all devices are below. */
struct sysfs {
	char dir[PATH_MAX], top[PATH_MAX];
};

/* Returns 0 or a negative errno. */
int sysfs_find(struct sysfs *sysfs, const char *dir, struct error *e);

/* The directory, without links, of the block device that has this "MAJOR:MINOR". Returns 0 or -ENODEV. */
int sysfs_block(const struct sysfs *sysfs, const char *number, char real[PATH_MAX], struct error *e);

/* Makes of a partition's directory its disk's. */
void sysfs_disk(char path[PATH_MAX]);

/* The first line of DIR/LEAF; empty, and false, where it does not exist. */
bool sysfs_text(const char *dir, const char *leaf, char *text, size_t size);

/* Whether DIR/LEAF exists. */
bool sysfs_has(const char *dir, const char *leaf);

/* Where DIR/LEAF leads to, without links. Returns false where it does not exist, or is not below the directory top. */
bool sysfs_resolve(const char *top, const char *dir, const char *leaf, char real[PATH_MAX]);

/* The last part of the name that the link DIR/LEAF has as its text. Returns false where there is none. */
bool sysfs_link_name(const char *dir, const char *leaf, char *name, size_t size);

/*
 * Visits the names in a directory, except those that begin with a dot, in order, at most max of them. visit returns 0
 * to go on; anything else ends the walk and is returned. A directory that does not exist is empty.
 */
int sysfs_each(const char *dir, size_t max, int (*visit)(void *context, const char *dir, const char *name),
	       void *context, struct error *e);

/* The same for the devices that a block device is made of: its slaves, at most 4096. */
int sysfs_each_slave(const char *path, int (*visit)(void *context, const char *dir, const char *name), void *context,
		     struct error *e);

#endif
