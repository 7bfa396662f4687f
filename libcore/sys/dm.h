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
 * Makes a device of that name, loads the table and starts it. /dev/mapper/NAME links to its node, /dev/dm-*minor.
 * Returns 0; -EBUSY if the name is in use; -ENODEV without the driver; or another negative errno. A failure leaves
 * nothing.
 */
int dm_create(const char *name, const struct dm_target *targets, size_t count, bool readonly, unsigned *minor,
	      struct error *e);

/* Removes it and its link; an open device goes when it is closed. Returns 0 or a negative errno. */
int dm_remove(const char *name, struct error *e);

/*
 * Reads the table of a device into text: each line "START LENGTH TYPE WORDS" and a newline, devices as MAJOR:MINOR,
 * keys as the kernel shows them. Returns 0; -ENXIO if no device has the name; -E2BIG; -ENODEV; or another negative
 * errno.
 */
int dm_table_read(const char *name, char *text, size_t size, struct error *e);

#endif
