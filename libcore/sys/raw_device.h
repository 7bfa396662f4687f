/*
 * A block device as a whole, without a file system: where a dump goes in two stages.
 */
#ifndef SYS_RAW_DEVICE_H
#define SYS_RAW_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "fmt/volume_probe.h"

enum raw_use {
	RAW_DUMP,       /* to write a dump onto it; a known file system is refused */
	RAW_DISPOSABLE, /* the same, whatever it holds; what is mounted is still refused */
	RAW_SAVE,       /* to read a dump and mark it; an image of a device in a regular file will do, too */
};

struct raw_device {
	int fd; /* reads and writes; by way of the page cache only where the device knows no other */
	uint64_t size;
	char path[256];
	struct volume volume; /* what it holds: a swap signature, or nothing */
};

/*
 * Opens the device that a specification names (a path, UUID=, LABEL=, PARTUUID=, PARTLABEL=), for this program alone.
 * Returns 0 and *device, whose fd is the caller's to close; -EBUSY for one that is mounted, swapped onto or part of
 * another, -EEXIST for one that holds something, -ENOTUNIQ where several have the name, or another negative errno.
 */
int raw_device_open(const char *spec, enum raw_use use, struct raw_device *device, struct error *e);

#endif
