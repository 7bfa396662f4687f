/*
 * Loading the next kernel, or the one that runs after a crash.
 * Sources: kexec_load(2), the kernel's kernel/kexec_file.c and Documentation/ABI/testing/sysfs-kernel-kexec*.
 */
#ifndef SYS_KEXEC_CALL_H
#define SYS_KEXEC_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* A load for which the kernel reads the files itself (kexec_file_load). Descriptors stay the caller's. */
struct kexec_files {
	int kernel_fd;
	int initrd_fd;                      /* -1: none */
	const char *cmdline;                /* never NULL */
	bool capture;                       /* into the reservation, to run when this kernel panics */
	uint64_t kernel_needs, initrd_size; /* bytes, for messages about the reservation; 0: unknown */
};

/*
 * Loads. The kernel frees the loaded image before it checks the new one, so a failed load can leave the machine without
 * a capture kernel: call kexec_loaded. After success this function does. Returns 0 or a negative errno, whose text says
 * what to do; -ENOSYS, -EINVAL, -ENOEXEC and -ENOTSUP mean that kexec_load could be tried, others do not (a refused
 * signature is final).
 */
int kexec_load_files(const struct kexec_files *files, struct error *e);

/* Frees the loaded kernel, or the capture kernel. Returns 0, also if none was loaded, or a negative errno. */
int kexec_unload(bool capture, struct error *e);

/* Whether one is loaded: 1 or 0, or a negative errno (no such kernel feature, no /sys). */
int kexec_loaded(bool capture, struct error *e);

/* The size of the reservation ("crashkernel=") in bytes; 0: none. Negative errno if the kernel does not say. */
int64_t kexec_reservation(struct error *e);

/* Syncs and jumps into the loaded kernel without a shutdown. Returns only after a failure. */
int kexec_execute(struct error *e);

#endif
