/*
 * Device mapper: a device from a table.
 * Source: the kernel's include/uapi/linux/dm-ioctl.h.
 */
#ifndef SYS_DM_H
#define SYS_DM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One line of a table; the texts are borrowed. */
struct dm_target {
	uint64_t start, length;       /* sectors of 512 bytes */
	const char *type, *arguments; /* "linear", "259:1 2048": devices as MAJOR:MINOR */
};

/*
 * Makes a device of that name, loads the table and starts it. Its node is /dev/dm-*minor, to which /dev/mapper/NAME is
 * linked. Returns 0; -EBUSY where the name is taken; -ENODEV without the driver; or another negative errno. Nothing is
 * left after a failure.
 */
int dm_create(const char *name, const struct dm_target *targets, size_t count, bool readonly, unsigned *minor,
	      struct error *e);

/* Removes it, with its link; where it is open, once it is not any more. Returns 0 or a negative errno. */
int dm_remove(const char *name, struct error *e);

/*
 * Reads the table of a device into text: each line "START LENGTH TYPE WORDS" and a newline, devices as MAJOR:MINOR,
 * keys as the kernel shows them. Returns 0; -ENXIO where no device has the name; -E2BIG; -ENODEV; or another negative
 * errno.
 */
int dm_table_read(const char *name, char *text, size_t size, struct error *e);

#endif
