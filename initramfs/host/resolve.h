/*
 * What a configuration leaves to the builder's file system, filled in after it was parsed.
 */
#ifndef INITRAMFS_HOST_RESOLVE_H
#define INITRAMFS_HOST_RESOLVE_H

#include "plan/plan.h"

/* The system that crashes. */
struct host {
	const char *root; /* staged in this directory; NULL: it is the running one */
	bool known;       /* it is known: staged, or the running one on purpose (--hostonly) */
};

/*
 * Fills in what a parsed plan lacks: the keys' bytes from their files, the target where only a directory is named, and,
 * where the system that crashes is known, what its targets lie on and its directories of hooks. Returns 0 or a negative
 * errno.
 */
int plan_resolve(struct plan *plan, const struct host *host, const struct log *log, struct error *e);

#endif
