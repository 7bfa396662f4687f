/*
 * A plan as a configuration: what --show-config prints, and what the image holds as etc/crashbox.conf.
 */
#ifndef INITRAMFS_PLAN_SHOW_CONFIG_H
#define INITRAMFS_PLAN_SHOW_CONFIG_H

#include "text/buffer.h"
#include "plan/plan.h"

/*
 * Adds the plan in kdump.conf's dialect. plan_parse makes an equal plan of it (except source and where), for which this
 * writes the same bytes. Returns 0 or -ENOMEM.
 */
int show_config(struct buffer *out, const struct plan *plan, struct error *e);

#endif
