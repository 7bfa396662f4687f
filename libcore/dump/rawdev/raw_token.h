/*
 * The installation's token for dumps on raw devices, which only root can read: on a running system in a file, in a
 * capture environment on the kernel's command line.
 */
#ifndef DUMP_RAWDEV_RAW_TOKEN_H
#define DUMP_RAWDEV_RAW_TOKEN_H

#include "base/error.h"
#include "fmt/rawdump.h"

#define RAW_TOKEN_FILE      "/var/lib/crashbox/token"
#define RAW_TOKEN_PARAMETER "crashbox.token"

/*
 * Reads the tokens: those on the kernel's command line, else those in the file. None if neither has any, or if they
 * have another form. Returns 0, or a negative errno if the file cannot be read.
 */
int raw_token_find(struct rawdump_owner *owner, struct error *e);

/* Replaces the file, mode 0600, synced. Returns 0 or a negative errno. */
int raw_token_write(const struct rawdump_owner *owner, struct error *e);

#endif
