/*
 * The crashed kernel's own symbol table; VMCOREINFO points to it since 6.0 (kernel commit 5fd8fea935a1, "vmcoreinfo:
 * include kallsyms symbols"). Source: kernel/kallsyms.c and scripts/kallsyms.c for how names and addresses are encoded.
 */
#ifndef KERN_KALLSYMS_H
#define KERN_KALLSYMS_H

#include "kern/kernel.h"

/* A symbol to find. */
struct kallsyms_wanted {
	const char *name;
	uint64_t address; /* out */
	bool found;       /* out */
};

/*
 * Looks for up to 32 names in one pass over the table. Returns how many were found, or a negative errno: -ENODATA if
 * VMCOREINFO does not point to a table, this kernel's encoding of addresses is unknown, or the table is larger than any
 * kernel's: a damaged one ends after a second or two.
 */
int kallsyms_find(struct kernel *kernel, struct kallsyms_wanted *wanted, unsigned nr, struct error *e);

#endif
