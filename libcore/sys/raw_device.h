/*
 * A whole block device without a file system, for a dump in two stages.
 */
#ifndef SYS_RAW_DEVICE_H
#define SYS_RAW_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "fmt/volume_probe.h"

enum raw_use {
	RAW_DUMP,       /* to write a dump; a known file system is refused */
	RAW_DISPOSABLE, /* the same, whatever it contains; a mounted device is still refused */
	RAW_SAVE,       /* to read a dump and mark it; also a device's image in a regular file */
};

struct raw_device {
	int fd; /* for direct I/O, or the page cache if the device has no direct I/O */
	uint64_t size;
	char path[256];
	struct volume volume; /* its content: a swap signature, or nothing */
};

/*
 * Opens the device that a specification names (a path, UUID=, LABEL=, PARTUUID=, PARTLABEL=), for this program alone.
 * Returns 0 and *device, whose fd the caller closes; -EBUSY if it is mounted, in use for swapping or part of another
 * device, -EEXIST if it has content, -ENOTUNIQ if several have the name, or another negative errno.
 */
int raw_device_open(const char *spec, enum raw_use use, struct raw_device *device, struct error *e);

#endif
