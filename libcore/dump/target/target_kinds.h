/*
 * The kinds of targets, by their names on the command line.
 */
#ifndef DUMP_TARGET_TARGET_KINDS_H
#define DUMP_TARGET_TARGET_KINDS_H

#include "dump/target/dump_target.h"

/* The kind of target that a name means; NULL: a single file or stream, which sink_open opens. */
const struct dump_target_ops *target_kind(const char *where);

/*
 * Makes a target of a kind. The request must outlive it. Returns 0 and *target, which dump_target_close frees, or
 * -ENOMEM.
 */
int target_create(const struct dump_target_ops *kind, const struct dump_target_request *request,
		  struct dump_target **target, struct error *e);

#endif
