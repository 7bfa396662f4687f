/* Loading a kernel from files, for kexec and kdump. */
#ifndef APPLETS_SHARED_KEXEC_FILES_H
#define APPLETS_SHARED_KEXEC_FILES_H

#include <stdbool.h>

#include "base/error.h"
#include "fmt/kernel_image.h"

/* Opens a kernel that this machine can load; *image says what it is. Returns its descriptor or a negative errno. */
int kexec_open_kernel(const char *path, struct kernel_image *image, struct error *e);

struct kexec_load {
	const char *kernel, *initrd; /* paths; initrd NULL: none */
	const char *cmdline;
	bool capture; /* load the kernel that runs after a crash */
	bool debug;   /* print what is loaded to standard error */
};

/* Opens and checks the files and the command line, and loads them. Returns 0 or a negative errno. */
int kexec_load_paths(const struct kexec_load *load, struct error *e);

/*
 * After a failed load of the capture kernel: prints the error, and whether a crash can still be saved. loaded_before:
 * kexec_loaded() before the attempt. Returns STATUS_FAILED.
 */
int kexec_load_failed(int loaded_before, const struct error *e);

#endif
