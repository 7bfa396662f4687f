/*
 * The files that hold encrypted devices' keys.
 */
#ifndef INITRAMFS_HOST_KEY_FILES_H
#define INITRAMFS_HOST_KEY_FILES_H

#include "plan/plan.h"

/*
 * Reads the key of each device that has one in a file, and puts it into the device's lines. A file holds the key's
 * bytes as they are, as cryptsetup's --volume-key-file writes them; root: the directory that their names are below, or
 * NULL. Notes files that others may read. Returns 0, -EINVAL for a file that holds no key of the device, or another
 * negative errno; messages name the configuration's line.
 */
int plan_read_keys(struct plan *plan, const char *root, const struct log *log, struct error *e);

#endif
