/*
 * The capture script's lines that make devices.
 */
#ifndef INITRAMFS_SCRIPT_SCRIPT_VOLUMES_H
#define INITRAMFS_SCRIPT_SCRIPT_VOLUMES_H

#include "plan/plan.h"

/* Writes a line for each array and mapped device: after the modules, before the targets. Errors: script_word's. */
void script_write_volumes(struct buffer *out, const struct plan *plan, struct error *e);

/* The seconds that these lines may take. */
unsigned script_volumes_time(const struct plan *plan);

#endif
