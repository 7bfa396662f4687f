/*
 * The command line for the capture kernel: made of words known to help on that kernel, not copied from the running one.
 */
#ifndef INITRAMFS_KERNEL_CAPTURE_CMDLINE_H
#define INITRAMFS_KERNEL_CAPTURE_CMDLINE_H

#include <stdbool.h>

#include "text/buffer.h"
#include "kernel/capture_kernel.h"

enum {
	CAPTURE_CMDLINE_MAX = 1984, /* bytes: x86-64 and arm64 take 2047, and kexec prepends elfcorehdr= */
};

/*
 * Adds the recommended words, one blank between them and no newline. Words that depend on the version are left out
 * if the release is empty, those of one architecture if it is unknown. modules: the image loads some. append comes
 * after them. Returns 0; -EINVAL for control characters in append, -E2BIG for a line that the kernel would cut.
 */
int capture_cmdline_write(struct buffer *out, const struct capture_kernel *kernel, bool modules, const char *append,
			  struct error *e);

/* Checks a whole command line: no control characters, and not longer than that. Returns 0, -EINVAL or -E2BIG. */
int capture_cmdline_check(const char *line, struct error *e);

/*
 * Adds the same words for people: each on its own line, with the reason indented on the next; those of append together.
 * Returns 0, or -EINVAL for control characters in append.
 */
int capture_cmdline_explain(struct buffer *out, const struct capture_kernel *kernel, bool modules, const char *append,
			    struct error *e);

#endif
