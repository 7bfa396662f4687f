/*
 * Fills in what a parsed configuration leaves to the builder's file system.
 */
#ifndef INITRAMFS_HOST_RESOLVE_H
#define INITRAMFS_HOST_RESOLVE_H

#include "plan/plan.h"

/* The system that crashes. */
struct host {
	const char *root; /* staged in this directory; NULL: the running one */
	bool known;       /* staged, or chosen to be the running one (--hostonly) */
};

/*
 * Fills in what a parsed plan lacks: the keys from their files; the target if only a directory is named; and, if the
 * system that crashes is known, the volumes below its targets and the files in its hook directories. Returns 0 or a
 * negative errno.
 */
int plan_resolve(struct plan *plan, const struct host *host, const struct log *log, struct error *e);

#endif
