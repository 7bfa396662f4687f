/*
 * The memory of the devices that the capture makes.
 */
#ifndef INITRAMFS_BUDGET_VOLUME_MEMORY_H
#define INITRAMFS_BUDGET_VOLUME_MEMORY_H

#include "plan/plan.h"

/* Bytes that the kernel takes to run the plan's arrays and mapped devices, beside their modules. */
uint64_t volume_memory(const struct plan *plan);

#endif
