/*
 * The dialects of configurations, and how a text in one of them becomes a plan.
 */
#ifndef INITRAMFS_DIALECT_DIALECT_H
#define INITRAMFS_DIALECT_DIALECT_H

#include "dialect/option_row.h"

/* All of them, ended by NULL. */
extern const struct dialect *const dialects[];

/* The one of that name. Returns 0, or -EINVAL with a list of the names. */
int dialect_find(const char *name, const struct dialect **dialect, struct error *e);

/*
 * The one that a text is written in, by the names of its options. Returns 0, or -EINVAL for a text that holds no
 * option, none that is known, or options of several dialects.
 */
int dialect_recognise(struct span text, const char *file, const struct dialect **dialect, struct error *e);

/*
 * Makes the plan that a configuration asks for. dialect says how to read it; NULL: recognise it. file is its name
 * for messages. Logs a note for each line that is ignored or done differently; whatever this version cannot do is
 * -EINVAL, with file and line. Pure: opens no file (host/resolve.h does that). If the configuration names no target,
 * nr_targets is 0 and path a directory of the system that crashes. The caller calls plan_deinit, also after a failure.
 */
int plan_parse(struct plan *plan, const struct dialect *dialect, struct span text, const char *file,
	       const struct log *log, struct error *e);

#endif
