/*
 * The crashbox binary that becomes the image's init.
 */
#ifndef INITRAMFS_IMAGE_CRASHBOX_BINARY_H
#define INITRAMFS_IMAGE_CRASHBOX_BINARY_H

#include <limits.h>

#include "kernel/capture_kernel.h"

/* Starts as all zeros. */
struct binary {
	char path[PATH_MAX]; /* where it was found */
	char *data;
	size_t size;
	enum arch arch;
};

/*
 * Reads a binary, by its name or, where that is NULL, from beside this program: in a build tree and where it is
 * installed; for another machine, where the build puts that. wanted: the capture kernel's architecture, which it must
 * have; ARCH_UNKNOWN: any. Returns 0 or a negative errno; the caller calls binary_deinit either way.
 */
int binary_read(struct binary *binary, const char *name, enum arch wanted, struct error *e);
void binary_deinit(struct binary *binary);

#endif
