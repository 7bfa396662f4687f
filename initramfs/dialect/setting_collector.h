/*
 * makedumpfile's command line, the value of core_collector.
 */
#ifndef INITRAMFS_DIALECT_SETTING_COLLECTOR_H
#define INITRAMFS_DIALECT_SETTING_COLLECTOR_H

#include "dialect/setting.h"

/*
 * Reads "makedumpfile -l -d 31" from value, where setting only names the option. An option that does not change the
 * dump's content or place is left out with a note; one that dump-save cannot follow is -EINVAL. Returns 0 or a negative
 * errno.
 */
int setting_collector(struct collector *collector, struct span value, const struct setting *setting, struct error *e);

/* Appends the value's options to words, a makedumpfile command line, and reads the whole. As setting_collector. */
int setting_collector_options(struct collector *collector, struct buffer *words, const struct setting *setting,
			      struct error *e);

#endif
