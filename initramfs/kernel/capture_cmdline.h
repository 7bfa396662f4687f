/*
 * The command line for the capture kernel: made of what is known to help on that kernel, not of what the running one
 * has.
 */
#ifndef INITRAMFS_KERNEL_CAPTURE_CMDLINE_H
#define INITRAMFS_KERNEL_CAPTURE_CMDLINE_H

#include <stdbool.h>

#include "text/buffer.h"
#include "kernel/capture_kernel.h"

enum {
	CAPTURE_CMDLINE_MAX = 1984, /* bytes: x86-64 and arm64 take 2047, and kexec puts elfcorehdr= in front */
};

/*
 * Adds the recommended words, one blank between them and no newline. Words that depend on the version are left out
 * where the release is empty, those of one architecture where it is unknown. modules: the image loads some. append is
 * put behind them. Returns 0; -EINVAL for control characters in append, -E2BIG for a line that the kernel would cut.
 */
int capture_cmdline_write(struct buffer *out, const struct capture_kernel *kernel, bool modules, const char *append,
			  struct error *e);

/*
 * Adds the same words for a person to read: each on a line of its own, and indented on the next why it is there; those
 * of append together. Returns 0, or -EINVAL for control characters in append.
 */
int capture_cmdline_explain(struct buffer *out, const struct capture_kernel *kernel, bool modules, const char *append,
			    struct error *e);

#endif
