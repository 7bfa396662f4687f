/*
 * The crashbox binary that becomes the image's init.
 */
#ifndef INITRAMFS_IMAGE_CRASHBOX_BINARY_H
#define INITRAMFS_IMAGE_CRASHBOX_BINARY_H

#include <limits.h>

#include "kernel/elf_program.h"

/* Starts as all zeros. */
struct crashbox_binary {
	char path[PATH_MAX]; /* where it was found */
	char *data;
	size_t size;
	enum arch arch;
};

/*
 * Reads a binary, by its name or, if that is NULL, from this program's directory, built or installed; for another
 * architecture, from where the build puts that. wanted: the capture kernel's architecture, which must match;
 * ARCH_UNKNOWN: any. Returns 0 or a negative errno; the caller calls crashbox_binary_deinit either way.
 */
int crashbox_binary_read(struct crashbox_binary *binary, const char *name, enum arch wanted, struct error *e);
void crashbox_binary_deinit(struct crashbox_binary *binary);

/* The directory of this program, where the binary is searched for. Returns 0 or a negative errno. */
int crashbox_binary_directory(char path[PATH_MAX], struct error *e);

#endif
