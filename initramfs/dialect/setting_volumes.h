/*
 * Arrays and mapped devices in configurations, and the checks that those found on a machine must pass, too.
 */
#ifndef INITRAMFS_DIALECT_SETTING_VOLUMES_H
#define INITRAMFS_DIALECT_SETTING_VOLUMES_H

#include "dialect/setting.h"

/* Read "DEVICE UUID [LEVEL] [members=N] [force]" and "NAME START LENGTH TYPE WORDS" into plan->md and plan->dm. */
int setting_md(struct plan *plan, const struct setting *setting, struct error *e);
int setting_dm(struct plan *plan, const struct setting *setting, struct error *e);

/* Checks and adds an array. Returns 0, -EINVAL or -ENOMEM. */
int setting_array(struct plan *plan, const struct setting *setting, const struct md_array *array, struct error *e);

/*
 * Checks a line of the device of that name, and adds it, taking over its words. setting->value must not contain
 * the key: messages show it. Returns 0, -EINVAL or -ENOMEM.
 */
int setting_mapped_line(struct plan *plan, const struct setting *setting, struct span name, struct mapped_line *line,
			struct error *e);

/*
 * Reads "START LENGTH TYPE WORDS", as 'dmsetup table' prints it. Returns 0; -ENOTSUP for a type that the
 * capture cannot make; -EINVAL; -ENOMEM. No message shows a word, since any may be the key. The caller calls
 * mapped_line_deinit, also after a failure.
 */
int mapped_line_parse(struct mapped_line *line, struct span text, struct error *e);

/* Whether a word is a device's MAJOR:MINOR, which may be another device's at capture time. */
bool is_device_number(const char *word);

#endif
