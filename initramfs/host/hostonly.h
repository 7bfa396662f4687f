/*
 * The machine itself as the model: which drivers a block device hangs on, and the watchdog, read from sysfs.
 *
 * A driver that the running kernel has built in may be a module of the capture kernel's, so each is named. What is
 * above the disk (md, dm) is named too; host/hostonly_volumes.h records how it is made.
 */
#ifndef INITRAMFS_HOST_HOSTONLY_H
#define INITRAMFS_HOST_HOSTONLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"

#include "module/modules.h"
#include "plan/plan.h"

enum {
	HOST_DRIVERS = 128,
	DEVICE_NUMBER = 24, /* bytes of "MAJOR:MINOR" with its NUL */
};

/* A driver, by its module's name. */
struct host_driver {
	char name[MODULE_NAME];
	bool from_file; /* the running kernel has loaded it: without it the device is not there */
};

/* Each once, in the order in which they must be loaded: buses and controllers, disks, then md and dm. Starts as all
 * zeros; there is nothing to free. */
struct host_drivers {
	struct host_driver item[HOST_DRIVERS];
	size_t count;
};

/*
 * Adds the drivers of a block device: number is its "MAJOR:MINOR", sysfs where sysfs is mounted ("/sys"). Follows
 * partitions to their disk, md and dm to their members, native NVMe multipath to its controllers, each device to its
 * parents and (device links) its suppliers. Returns 0, -ENODEV where sysfs has no such device, or -ENOTSUP for one that
 * is neither a disk nor made of disks (loop, zram, network block devices).
 */
int hostonly_device(struct host_drivers *drivers, const char *sysfs, const char *number, struct error *e);

/*
 * Adds the drivers of each watchdog that is armed, or that once opened would stay so (nowayout), or that does not say.
 * Returns how many watchdogs that were, or a negative errno.
 */
int hostonly_watchdogs(struct host_drivers *drivers, const char *sysfs, struct error *e);

/*
 * Wants each driver's module. One that the running kernel has built in is left out where the other kernel does not know
 * it. Returns 0, or -ENOENT for one that the running kernel loaded and the other has neither as a module nor built in.
 */
int hostonly_want(struct modules *modules, const struct host_drivers *drivers, struct error *e);

/* The "MAJOR:MINOR" of the device that a target's text (UUID=, /dev/...) means now. Returns 0 or a negative errno. */
int hostonly_number(const char *spec, char number[DEVICE_NUMBER], struct error *e);

/* All of it, for the machine that runs: the devices of the plan's targets, and the watchdogs, which are only warned of.
 * The file systems' modules are modules_want_filesystem's, after it. Returns 0 or a negative errno. */
int hostonly_modules(struct modules *modules, const struct plan *plan, const struct log *log, struct error *e);

#endif
