/*
 * Writes the output file: complete under its name, or not at all.
 */
#ifndef INITRAMFS_OUTPUT_H
#define INITRAMFS_OUTPUT_H

#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"

/*
 * Checks that the file can be written: path must not be a directory, a device or one of the inputs (NULL: not given).
 * Returns 0, -EISDIR or -EINVAL.
 */
int output_check(const char *path, const char *const *inputs, size_t count, struct error *e);

/*
 * Writes a file under a temporary name beside it, with mode 0600 until it is whole, syncs it, renames it and syncs the
 * directory; if path is a link, replaces what it points to. A failure leaves what was there before, except that of the
 * directory's sync, which leaves the new file. The umask clears bits of mode. Returns 0 or a negative errno.
 */
int output_write(const char *path, struct span data, mode_t mode, struct error *e);

#endif
