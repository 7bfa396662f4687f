/*
 * The two files that the image has to suit: the capture kernel, and the crashbox binary that becomes its init.
 */
#ifndef INITRAMFS_KERNEL_CAPTURE_KERNEL_H
#define INITRAMFS_KERNEL_CAPTURE_KERNEL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

enum arch { ARCH_UNKNOWN, ARCH_X86_64, ARCH_ARM64 };

struct capture_kernel {
	enum arch arch;
	char release[128]; /* as uname -r shows it: "6.1.0-32-cloud-amd64" */
};

/*
 * Reads architecture and release of a bzImage, an arm64 Image or a vmlinux, which is not packed any more. Returns 0, or
 * -EINVAL with what it is instead.
 */
int capture_kernel_identify(struct capture_kernel *kernel, struct span image, struct error *e);

/* Checks that a binary can be an init: ELF, executable, static. Returns 0 with *arch set, or -EINVAL with a remedy. */
int binary_identify(enum arch *arch, struct span binary, struct error *e);

/* The dynamic linker that an ELF program of 64 bits asks for. False where it asks for none. */
bool binary_interpreter(char *name, size_t size, struct span binary);

/* The architecture's name in the build: "arm64". */
const char *arch_name(enum arch arch);

/* A release as a number that can be compared: 6.1.0-32 is KERNEL_VERSION_OF(6, 1). 0 where it is no release. */
#define KERNEL_VERSION_OF(major, minor) ((unsigned)(major) << 16 | (unsigned)(minor))
unsigned kernel_release_number(const char *release);

#endif
