/*
 * Programs that run before and after the dump.
 */
#ifndef INITRAMFS_PLAN_HOOK_H
#define INITRAMFS_PLAN_HOOK_H

#include "text/string_list.h"

struct hook {
	struct string_list words; /* the program's absolute name in the image, and its arguments */
	bool may_fail;            /* before the dump: the capture continues if it fails */
};

/* In the order in which they run; starts as all zeros. */
struct hooks {
	struct hook *item;
	size_t count;
};

/* Adds a hook and takes over its words, which are empty afterwards. Returns 0 or -ENOMEM. */
int hooks_add(struct hooks *hooks, struct hook *hook, struct error *e);
void hook_deinit(struct hook *hook);
void hooks_deinit(struct hooks *hooks);

#endif
