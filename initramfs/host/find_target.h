/*
 * The target of a configuration that names only a directory of the system that crashes.
 */
#ifndef INITRAMFS_HOST_FIND_TARGET_H
#define INITRAMFS_HOST_FIND_TARGET_H

#include "plan/plan.h"

/*
 * If the plan has no target, finds the file system that holds the directory plan->path and makes it the target; path
 * becomes relative to its mount point. root: a staged root directory of the system that crashes, whose etc/fstab is
 * read; NULL: the running system, with its mounts and the UUIDs of its block devices. Logs what it finds. Returns 0,
 * also if nothing was missing; -EINVAL, with the directory, the file read and what to write instead, for a file system
 * that the capture cannot mount, a symbolic link in the path, or a directory that no mount holds; or another negative
 * errno.
 */
int plan_find_target(struct plan *plan, const char *root, const struct log *log, struct error *e);

/* Makes a mount that was found the target, without reading a file: a step of plan_find_target, public for tests. */
struct mount_line;
int plan_take_mount(struct plan *plan, const struct mount_line *mount, const char *where, const struct log *log,
		    struct error *e);

#endif
