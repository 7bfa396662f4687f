/*
 * Drivers of disks among a kernel's modules: whether an image has one for its targets, and the usual ones.
 */
#ifndef INITRAMFS_MODULE_DISK_DRIVERS_H
#define INITRAMFS_MODULE_DISK_DRIVERS_H

#include "base/log.h"

#include "module/modules.h"
#include "plan/plan.h"

/*
 * Whether the plan's targets have a driver: one of those wanted so far, or one that the configuration names and the
 * kernel has built in. If not, warns, with the remedy; with strict it is an error (-ENOENT). Says nothing if
 * modules.builtin is missing. Returns 0 or a negative errno.
 */
int disk_drivers_check(const struct modules *modules, const struct plan *plan, bool strict, const struct log *log,
		       struct error *e);

/* Wants the drivers of common disks, those that the kernel has: virtio, NVMe, AHCI, USB, SD and MMC. Returns 0 or a
 * negative errno. */
int disk_drivers_want_common(struct modules *modules, struct error *e);

#endif
