/*
 * The target of a configuration that names only a directory of the system that crashes.
 */
#ifndef INITRAMFS_HOST_FIND_TARGET_H
#define INITRAMFS_HOST_FIND_TARGET_H

#include "plan/plan.h"

/*
 * Where the plan has no target, finds the file system that holds the directory plan->path and makes it the target;
 * path becomes the one below its mount point. root is a staged root directory of the system that crashes, whose
 * etc/fstab is asked; NULL: the running system, with its mounts and the names on its block devices. What was found is
 * noted on the log. Returns 0, also where there is nothing to do; -EINVAL, with the directory, what was looked at and
 * what to write instead, for a file system that the capture cannot mount, a symbolic link on the way, and a directory
 * that nothing holds; or another negative errno.
 */
int plan_find_target(struct plan *plan, const char *root, const struct log *log, struct error *e);

/* The same, with the tables as text, and without a look at any file: for tests, and plan_find_target's own middle part.
 */
struct mount_line;
int plan_take_mount(struct plan *plan, const struct mount_line *mount, const char *where, const struct log *log,
		    struct error *e);

#endif
