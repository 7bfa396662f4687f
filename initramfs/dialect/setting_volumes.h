/*
 * Devices that the capture makes before it looks for its targets: md arrays, and mapped devices from their tables.
 */
#ifndef INITRAMFS_DIALECT_SETTING_VOLUMES_H
#define INITRAMFS_DIALECT_SETTING_VOLUMES_H

#include "module/modules.h"
#include "dialect/setting.h"

/*
 * Reads "DEVICE UUID [LEVEL] [members=N] [force]" and "NAME START LENGTH TYPE WORDS" and adds them to plan->md and
 * plan->dm, with single blanks between the words. As the other functions of setting.h.
 */
int setting_md(struct plan *plan, const struct setting *setting, struct error *e);
int setting_dm(struct plan *plan, const struct setting *setting, struct error *e);

/* Whether the plan makes the device of that name: /dev/md0 or /dev/mapper/NAME. */
bool plan_makes(const struct plan *plan, const char *device);

/* Wants the modules that they need. Returns 0, or -ENOENT for one that the kernel does not have. */
int plan_want_volumes(const struct plan *plan, struct modules *modules, struct error *e);

/* The lines of the capture script that make them: behind the modules, before the targets. Returns 0 or -EINVAL. */
int script_write_volumes(struct buffer *out, const struct plan *plan, struct error *e);

/* Bytes that the kernel takes to run them, beside their modules. */
uint64_t plan_volumes_memory(const struct plan *plan);

/* Seconds that these lines may take. */
unsigned script_volumes_time(const struct plan *plan);

#endif
