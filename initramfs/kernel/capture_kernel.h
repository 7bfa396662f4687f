/*
 * The capture kernel's architecture and release.
 */
#ifndef INITRAMFS_KERNEL_CAPTURE_KERNEL_H
#define INITRAMFS_KERNEL_CAPTURE_KERNEL_H

#include "base/error.h"
#include "base/span.h"

#include "kernel/elf_program.h"

struct capture_kernel {
	enum arch arch;
	char release[128]; /* as uname -r shows it: "6.1.0-32-cloud-amd64" */
};

/*
 * Reads architecture and release of an uncompressed bzImage, arm64 Image or vmlinux. Returns 0, or -EINVAL with what it
 * is instead.
 */
int capture_kernel_identify(struct capture_kernel *kernel, struct span image, struct error *e);

/* A release as a number for comparison: 6.1.0-32 is KERNEL_VERSION_OF(6, 1). 0 if it is not a release. */
#define KERNEL_VERSION_OF(major, minor) ((unsigned)(major) << 16 | (unsigned)(minor))
unsigned kernel_release_number(const char *release);

#endif
