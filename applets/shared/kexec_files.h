/*
 * The files that a load is made of: opened, and looked at before the kernel is asked to take them.
 */
#ifndef APPLETS_SHARED_KEXEC_FILES_H
#define APPLETS_SHARED_KEXEC_FILES_H

#include "base/error.h"
#include "fmt/kernel_image.h"

/* Opens a file that must be there, be a file, and hold something. Returns its descriptor or a negative errno. */
int kexec_open_file(const char *path, uint64_t *size, struct error *e);

/* The same for a kernel that this machine can load; *image says what it is. */
int kexec_open_kernel(const char *path, struct kernel_image *image, struct error *e);

/* Whether a command line fits the kernel: 0 or -E2BIG. */
int kexec_check_cmdline(const char *cmdline, const struct kernel_image *image, struct error *e);

#endif
