/*
 * Block devices as /sys/class/block lists them, and which of them a person means by UUID=, LABEL=, PARTUUID=,
 * PARTLABEL= or a path.
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
	bool held;     /* another device is made of it (md, dm): its contents are that one's */
	struct volume volume;
};

/*
 * Visits each block device but those that are empty (size 0, so unused loops), RAM disks, floppies and optical drives,
 * in the order of their names, with their names. visit returns 0 to go on; anything else ends the walk and is
 * returned. Returns 0 at the end or a negative errno (there is no /sys).
 */
int blockdev_each(int (*visit)(void *context, const struct blockdev *device), void *context, struct error *e);

/* Whether a text is one of UUID=, LABEL=, PARTUUID=, PARTLABEL=. */
bool blockdev_is_tag(const char *spec);

/*
 * Finds the device that a specification names: a tag as above (UUIDs in any case), or the path of a block device.
 * *device is the caller's. Where several have the name, takes the first that no other device is made of. Returns how
 * many there are (at least 1), -ENODEV if there is none, -ENOTBLK for a path that is something else, or another
 * negative errno.
 */
int blockdev_find(const char *spec, struct blockdev *device, struct error *e);

#endif
