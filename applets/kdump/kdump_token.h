/* The token by which dumps on raw devices are known as this installation's: dump/rawdev/raw_token.h. */
#ifndef APPLETS_KDUMP_KDUMP_TOKEN_H
#define APPLETS_KDUMP_KDUMP_TOKEN_H

#include "dump/rawdev/raw_token.h"
#include "kdump/kdump_facts.h"

/*
 * If the image has a raw device as a target: adds the token to the capture kernel's command line, and makes one if
 * there is none. Prints a note if that is not possible. Returns 0 or -E2BIG.
 */
int kdump_token_add(const struct kdump_facts *facts, char *cmdline, size_t size, struct error *e);

/* Puts a new token before the current one, which becomes the previous one. Returns 0 or a negative errno. */
int kdump_token_make(struct rawdump_owner *owner, struct error *e);

/* No raw device of the image holds a dump that is not saved: the previous token is no longer needed. */
void kdump_token_settle(const struct kdump_facts *facts);

#endif
