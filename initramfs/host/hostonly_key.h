/*
 * Whether a key is that of an encrypted device of the machine that runs, tried before the image relies on it.
 */
#ifndef INITRAMFS_HOST_HOSTONLY_KEY_H
#define INITRAMFS_HOST_HOSTONLY_KEY_H

#include "base/error.h"
#include "sys/dm.h"

/*
 * Makes a second device by this line of the table of the mapped device name, read-only and for a moment, and reads
 * both. Returns 1 where they show the same, 0 where they do not, or a negative errno where it cannot be tried.
 */
int hostonly_key_fits(const char *name, const struct dm_target *line, struct error *e);

#endif
