/*
 * The capture script: what init runs, line by line, and what the builder can read before it ever runs. It keeps to the
 * subset of fmt/capture_script.h, so any shell can run it too.
 */
#ifndef INITRAMFS_SCRIPT_SCRIPT_WRITER_H
#define INITRAMFS_SCRIPT_SCRIPT_WRITER_H

#include "text/buffer.h"
#include "plan/plan.h"

enum { SCRIPT_HOOK_DEADLINE = 600 }; /* seconds for each hook */

/*
 * Writes the plan as a script. modules are file names below /lib/modules, in the order to load them. Hooks run under
 * a deadline of their own: those of plan->pre before the first target, and one that fails ends in the final action;
 * those of plan->post after a saved dump, with the word 0 after their arguments, or, when all targets have failed,
 * with the word 1. Returns 0, or -EINVAL for a word that the subset cannot express (control characters, single quotes).
 */
int script_write(struct buffer *out, const struct plan *plan, const struct string_list *modules, struct error *e);

#endif
