/*
 * Loading the next kernel, or the one that runs after a crash.
 * Sources: kexec_load(2), the kernel's kernel/kexec_file.c and Documentation/ABI/testing/sysfs-kernel-kexec*.
 */
#ifndef SYS_KEXEC_CALL_H
#define SYS_KEXEC_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* A load by the kernel itself, which reads the files (kexec_file_load). Descriptors stay the caller's. */
struct kexec_files {
	int kernel_fd;
	int initrd_fd;                      /* -1: none */
	const char *cmdline;                /* never NULL */
	bool capture;                       /* into the crash kernel's reservation, to run when this kernel panics */
	uint64_t kernel_needs, initrd_size; /* bytes, for a message about too small a reservation; 0: not known */
};

/*
 * Loads. The kernel frees the image that was loaded before it looks at the new one, so a failed load of a capture
 * kernel leaves the machine without: ask kexec_loaded. After success that is asked here. Returns 0 or a negative errno
 * with what to do; -ENOSYS, -EINVAL, -ENOEXEC and -ENOTSUP mean that kexec_load could be tried, others do not (a
 * refused signature is final).
 */
int kexec_load_files(const struct kexec_files *files, struct error *e);

/* Frees the loaded kernel, or the capture kernel. Returns 0, also when there was none, or a negative errno. */
int kexec_unload(bool capture, struct error *e);

/* Whether one is loaded: 1 or 0, or a negative errno (no such kernel feature, no /sys). */
int kexec_loaded(bool capture, struct error *e);

/* The size of the reservation ("crashkernel=") in bytes; 0: none. Negative errno where the kernel does not say. */
int64_t kexec_reservation(struct error *e);

/* Jumps into the loaded kernel without a shutdown of this one (after a sync). Returns only in failure. */
int kexec_execute(struct error *e);

#endif
