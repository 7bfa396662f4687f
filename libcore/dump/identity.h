/*
 * Who crashed: what dumps, directories and messages tell about the kernel.
 */
#ifndef DUMP_IDENTITY_H
#define DUMP_IDENTITY_H

#include "base/log.h"
#include "dump/encode.h"
#include "kern/kernel.h"

/*
 * Fills all but the level from VMCOREINFO and the crashed kernel's memory. kernel may be NULL, where its page tables
 * cannot be read: then the release alone is known. What is missing stays empty, and is said in a warning.
 */
void identity_read(struct dump_identity *identity, struct kernel *kernel, const struct source *source,
		   const struct log *log);

/* The fields of utsname, zero-ended. */
const char *identity_host(const struct dump_identity *identity);
const char *identity_release(const struct dump_identity *identity);

#endif
