/*
 * Finds the file system that holds a directory, in the text of fstab(5) or /proc/self/mountinfo. Pure.
 */
#ifndef INITRAMFS_HOST_MOUNT_LINES_H
#define INITRAMFS_HOST_MOUNT_LINES_H

#include "plan/plan.h"

struct mount_line {
	char type[32];
	char device[PLAN_TEXT];
	char dir[PLAN_TEXT];     /* where it is mounted */
	char root[PLAN_TEXT];    /* which directory of the file system is mounted there: "/" */
	char options[PLAN_TEXT]; /* fstab's; "" in mountinfo */
	char number[24];         /* mountinfo's MAJOR:MINOR; "" in fstab */
	int line;                /* counted from 1 */
};

/*
 * Finds the line with the longest mount point that holds directory (absolute, "/" or without a slash at its end); of
 * equal ones the last, which is on top. Ignores lines that mount nothing (swap; noauto, except for /). Returns 1 with
 * *found set, 0 if none holds it, or -EINVAL for a line that is too long. Sources: fstab(5); the kernel's
 * Documentation/filesystems/proc.rst, 3.5.
 */
int mount_line_fstab(struct span text, const char *directory, struct mount_line *found, struct error *e);
int mount_line_mountinfo(struct span text, const char *directory, struct mount_line *found, struct error *e);

#endif
