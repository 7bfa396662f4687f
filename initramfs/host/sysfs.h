/*
 * Reads sysfs as a tree of files at any path: the machine's at /sys, or one that a test made.
 * Source: the kernel's Documentation/filesystems/sysfs.rst and Documentation/admin-guide/sysfs-rules.rst.
 */
#ifndef INITRAMFS_HOST_SYSFS_H
#define INITRAMFS_HOST_SYSFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Its path, without links; top: the directory of all devices. */
struct sysfs {
	char dir[PATH_MAX], top[PATH_MAX];
};

/* Returns 0 or a negative errno. */
int sysfs_find(struct sysfs *sysfs, const char *dir, struct error *e);

/* The directory, without links, of the block device that has this "MAJOR:MINOR". Returns 0 or -ENODEV. */
int sysfs_block(const struct sysfs *sysfs, const char *number, char real[PATH_MAX], struct error *e);

/* Changes a partition's directory to that of its disk. */
void sysfs_disk(char path[PATH_MAX]);

/* The first line of DIR/LEAF; empty, and false, if it does not exist. */
bool sysfs_text(const char *dir, const char *leaf, char *text, size_t size);

/* Whether DIR/LEAF exists. */
bool sysfs_has(const char *dir, const char *leaf);

/* Resolves the links of DIR/LEAF. Returns false if it does not exist, or is not below the directory top. */
bool sysfs_resolve(const char *top, const char *dir, const char *leaf, char real[PATH_MAX]);

/* The last component of what the link DIR/LEAF points to. Returns false if there is no such link. */
bool sysfs_link_name(const char *dir, const char *leaf, char *name, size_t size);

/*
 * Visits the names in a directory, except those that begin with a dot, in order; more than max fail. visit returns 0
 * to go on; anything else ends the walk and is returned. A directory that does not exist is empty.
 */
int sysfs_each(const char *dir, size_t max, int (*visit)(void *context, const char *dir, const char *name),
	       void *context, struct error *e);

/* The same for the devices that a block device is made of: its slaves, at most 4096. */
int sysfs_each_slave(const char *path, int (*visit)(void *context, const char *dir, const char *name), void *context,
		     struct error *e);

#endif
