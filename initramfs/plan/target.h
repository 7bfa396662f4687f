/*
 * Where a dump can go.
 */
#ifndef INITRAMFS_PLAN_TARGET_H
#define INITRAMFS_PLAN_TARGET_H

#include <stdbool.h>

enum {
	PLAN_TEXT = 1024, /* bytes of a device, a path, a command line, with their NUL */
};

/* How the script reaches a target; script_writer.c has a writer for each. */
enum target_access {
	TARGET_MOUNTED, /* a file system: mounted, then the dump is a file in it */
	TARGET_RAW,     /* a device without a file system, which holds the dump itself */
	TARGET_ACCESSES,
};

/* A kind of target. name: its option in crashbox.conf, and for a file system the kernel's name of it; mount_options:
 * words for mount, with a blank after them. */
struct target_kind {
	const char *name;
	enum target_access access;
	const char *mount_options;
};

struct target {
	const struct target_kind *kind;
	char device[PLAN_TEXT]; /* /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL= */
};

/* The kind of that name, static, or NULL. */
const struct target_kind *target_kind_find(const char *name);

/* The same, but only a file system. */
const struct target_kind *target_filesystem_find(const char *name);

static inline bool target_is_raw(const struct target *target)
{
	return target->kind->access == TARGET_RAW;
}

#endif
