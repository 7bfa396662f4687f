/*
 * Checks a kernel's configuration against what crashbox needs: the fragments in config/kernel, from which kernels are
 * both built and checked. doc/kernel-config.md describes them.
 */
#ifndef INITRAMFS_KERNEL_CONFIG_CHECK_H
#define INITRAMFS_KERNEL_CONFIG_CHECK_H

#include "base/error.h"
#include "base/span.h"
#include "text/buffer.h"

/* A fragment; file is its name for messages. Borrowed. */
struct config_fragment {
	struct span text;
	const char *file;
};

/*
 * Compares a configuration with fragments, and adds a line to out for each option that is wrong, followed by the
 * fragment's comment on it: first "missing" (or "wrong" for what must not be set), then "recommended". Returns
 * how many needed ones are missing (one for a paragraph of alternatives), -EINVAL with "FILE:LINE" for a fragment
 * with errors, or -ENOMEM.
 */
int config_check(struct buffer *out, struct span config, const struct config_fragment *fragments, size_t count,
		 struct error *e);

/* The version in a configuration's header, as kernel_release_number has it; 0 if there is none. */
unsigned config_check_release(struct span config);

/*
 * What --check-config prints: reads a configuration (also compressed, as /proc/config.gz), and compares it with its
 * architecture's fragments for role: "production", "capture" or NULL for both. directory has the fragments; NULL:
 * search relative to this program, installed (../share/crashbox/kernel) or in its source tree (../config/kernel).
 * Returns how many needed options are missing, or a negative errno.
 */
int config_check_report(struct buffer *out, const char *path, const char *role, const char *directory, struct error *e);

#endif
