/*
 * Block devices as /sys/class/block lists them, and the one that UUID=, LABEL=, PARTUUID=, PARTLABEL= or a path names.
 */
#ifndef SYS_BLOCKDEV_H
#define SYS_BLOCKDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "fmt/volume_probe.h"

struct blockdev {
	char name[64]; /* as in /sys/class/block */
	char path[80]; /* its node in /dev */
	uint64_t size; /* bytes */
	bool held;     /* part of another device (md, dm), which owns its contents */
	bool unread;   /* its first or last bytes cannot be read: what volume says is not all */
	struct volume volume;
};

/*
 * Visits each block device in the order of their names, except empty ones (size 0, such as unused loops), RAM disks,
 * floppies and optical drives. visit returns 0 to continue; anything else ends the walk and is returned. Returns 0 at
 * the end or a negative errno (no /sys).
 */
int blockdev_each(int (*visit)(void *context, const struct blockdev *device), void *context, struct error *e);

/* Whether a text is one of UUID=, LABEL=, PARTUUID=, PARTLABEL=. */
bool blockdev_is_tag(const char *spec);

/*
 * Finds the device that a specification names: a tag as above (UUIDs in any case), or the path of a block device.
 * *device is the caller's. If several have the name, prefers the first that is not part of another device. Returns how
 * many have it (at least 1), -ENODEV for none, -ENOTBLK for a path that is not a block device, or another negative
 * errno.
 */
int blockdev_find(const char *spec, struct blockdev *device, struct error *e);

#endif
