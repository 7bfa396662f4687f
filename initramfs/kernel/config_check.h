/*
 * A kernel's configuration, held against what crashbox needs of it: the fragments in config/kernel, whose text is both
 * what a kernel is built from and what it is checked by. doc/kernel-config.md describes them.
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
 * Holds a configuration against fragments, and adds a line to out for each option that is not as it should be, with the
 * fragment's comment on it below: first "missing" (or "wrong" for what must not be set), then "recommended". Returns
 * how many needed ones are missing (of a paragraph of alternatives, one), or -EINVAL for a fragment that cannot be
 * read, with "FILE:LINE", or -ENOMEM.
 */
int config_check(struct buffer *out, struct span config, const struct config_fragment *fragments, size_t count,
		 struct error *e);

/* The version in a configuration's head as kernel_release_number has it; 0 where there is none. */
unsigned config_check_release(struct span config);

/*
 * What --check-config prints: reads a configuration (also packed, as /proc/config.gz), takes its architecture from it,
 * and holds it against the fragments for a production kernel, for a capture kernel, or, where role is NULL, for both;
 * role is "production" or "capture". directory holds the fragments; NULL: looked for beside this program, where it is
 * installed (../share/crashbox/kernel) or built (../config/kernel). Returns how many needed options are missing, or a
 * negative errno.
 */
int config_check_report(struct buffer *out, const char *path, const char *role, const char *directory, struct error *e);

#endif
