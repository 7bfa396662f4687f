/* Red Hat's directories of hooks. */
#ifndef INITRAMFS_HOST_HOOK_DIRECTORIES_H
#define INITRAMFS_HOST_HOOK_DIRECTORIES_H

#include "plan/plan.h"

/*
 * Adds the executable files in ROOT/etc/kdump/pre.d and post.d, in the order of their names: those of pre.d after the
 * plan's own pre hooks, those of post.d before its own post hooks, as kdump.conf(5) says. root: a staged root
 * directory, or NULL for that of the running system; names in the plan do not include it. Logs each file. Ignores
 * missing directories. Returns 0 or a negative errno.
 */
int plan_add_hook_directories(struct plan *plan, const char *root, const struct log *log, struct error *e);

#endif
