/*
 * The drivers that this machine's block devices and watchdogs need, read from sysfs.
 *
 * A driver that is built into the running kernel may be a module of the capture kernel, so all are listed, including
 * those of md and dm; host/hostonly_volumes.h records the arrays and volumes themselves.
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
	bool from_file; /* the running kernel loaded it: without it the device does not exist */
};

/* Each driver once, in loading order: buses and controllers, disks, then md and dm. Starts as all
 * zeros; there is nothing to free. */
struct host_drivers {
	struct host_driver item[HOST_DRIVERS];
	size_t count;
};

/*
 * Adds the drivers of a block device: number is its "MAJOR:MINOR", sysfs the mount point of sysfs ("/sys"). Follows
 * partitions to their disk, md and dm to their members, native NVMe multipath to its controllers, each device to its
 * parents and (device links) its suppliers. Returns 0, -ENODEV if sysfs has no such device, or -ENOTSUP for one that
 * is neither a disk nor made of disks (loop, zram, network block devices).
 */
int hostonly_device(struct host_drivers *drivers, const char *sysfs, const char *number, struct error *e);

/*
 * Adds the drivers of each watchdog that is armed, cannot be stopped once opened (nowayout), or does not show its
 * state. Returns the number of these watchdogs, or a negative errno.
 */
int hostonly_watchdogs(struct host_drivers *drivers, const char *sysfs, struct error *e);

/*
 * Requests each driver's module. One that is built into the running kernel is left out if the other kernel does not
 * know it. Returns 0, or -ENOENT for one that the running kernel loaded and the other has neither way.
 */
int hostonly_want(struct modules *modules, const struct host_drivers *drivers, struct error *e);

/* The "MAJOR:MINOR" of the device that a target's text (UUID=, /dev/...) names now. Returns 0 or a negative errno. */
int hostonly_number(const char *spec, char number[DEVICE_NUMBER], struct error *e);

/* All of this for the running machine: the devices of the plan's targets, and the watchdogs, whose failure is only a
 * warning. Modules of file systems are left to modules_want_filesystem. Returns 0 or a negative errno. */
int hostonly_modules(struct modules *modules, const struct plan *plan, const struct log *log, struct error *e);

#endif
