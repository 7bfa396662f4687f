/*
 * The modules of the devices that the capture makes.
 */
#ifndef INITRAMFS_MODULE_VOLUME_MODULES_H
#define INITRAMFS_MODULE_VOLUME_MODULES_H

#include "module/modules.h"
#include "plan/plan.h"

/* Wants the modules of the plan's arrays and mapped devices. Returns 0, or -ENOENT for one that the kernel lacks. */
int modules_want_volumes(struct modules *modules, const struct plan *plan, struct error *e);

/*
 * Wants the modules of a crypt line's cipher, by the names of its parts: the kernel would ask modprobe for them.
 * Returns 0 or a negative errno.
 */
int modules_want_cipher(struct modules *modules, const char *cipher, struct error *e);

#endif
