/*
 * The file that is written: whole under its name, or not at all.
 */
#ifndef INITRAMFS_OUTPUT_H
#define INITRAMFS_OUTPUT_H

#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"

/*
 * Checks that a file can be written here: not a directory, a device or one of the inputs (NULL for those that are not
 * there). Returns 0, -EISDIR, -EINVAL or -ENOENT (of the directory).
 */
int output_check(const char *path, const char *const *inputs, size_t count, struct error *e);

/*
 * Writes a file by way of a temporary name beside it, synced and then renamed; where path is a link, what it points to
 * is replaced. Nothing is left after a failure. mode: less what the umask takes away. Returns 0 or a negative errno.
 */
int output_write(const char *path, struct span data, mode_t mode, struct error *e);

#endif
