/*
 * Reads the files that hold the keys of encrypted devices.
 */
#ifndef INITRAMFS_HOST_KEY_FILES_H
#define INITRAMFS_HOST_KEY_FILES_H

#include "plan/plan.h"

/*
 * Reads the key of each device that has one in a file, and puts it into the device's lines. A file holds the raw
 * bytes of the key, as cryptsetup's --volume-key-file writes them; root: the directory that goes before their names, or
 * NULL. Notes files that others can read. Returns 0, -EINVAL for a file without the device's key, or another
 * negative errno; messages name the configuration's line.
 */
int plan_read_keys(struct plan *plan, const char *root, const struct log *log, struct error *e);

#endif
