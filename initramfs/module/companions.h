/*
 * Modules that are useless without others that neither modules.dep nor modules.softdep lists, because they meet only
 * through a bus, a class of devices, or a name that the kernel asks modprobe for.
 */
#ifndef INITRAMFS_MODULE_COMPANIONS_H
#define INITRAMFS_MODULE_COMPANIONS_H

#include <stdbool.h>

enum { COMPANIONS_MAX = 4 };

/* Loading a module takes these too, if the kernel has them as modules; NULL after the last. */
struct companions {
	const char *module;
	bool one_is_enough; /* if one of them is wanted already, it is the one to use */
	const char *with[COMPANIONS_MAX + 1];
};

/* The rows of a module ('_' for '-' in its name), one after the other: after is NULL for the first. NULL at the end. */
const struct companions *companions_next(const char *module, const struct companions *after);

#endif
