/*
 * The crashed kernel's identity for dumps, directories and messages.
 */
#ifndef DUMP_IDENTITY_H
#define DUMP_IDENTITY_H

#include "base/log.h"
#include "dump/encode.h"
#include "kern/kernel.h"

/*
 * Fills all but the level from VMCOREINFO and the crashed kernel's memory. kernel may be NULL if its page tables cannot
 * be read: then only the release is known. Missing fields stay empty, with a warning.
 */
void identity_read(struct dump_identity *identity, struct kernel *kernel, const struct source *source,
		   const struct log *log);

/* The fields of utsname, zero-ended. */
const char *identity_host(const struct dump_identity *identity);
const char *identity_release(const struct dump_identity *identity);

#endif
