/*
 * Tests the key of an encrypted device on the running machine, before the image relies on it.
 */
#ifndef INITRAMFS_HOST_HOSTONLY_KEY_H
#define INITRAMFS_HOST_HOSTONLY_KEY_H

#include "base/error.h"
#include "sys/dm.h"

/*
 * Makes a temporary read-only device from this line of the table of the mapped device name, and compares the two.
 * Returns 1 if they are equal, 0 if not, or a negative errno if the key cannot be tested.
 */
int hostonly_key_fits(const char *name, const struct dm_target *line, struct error *e);

#endif
