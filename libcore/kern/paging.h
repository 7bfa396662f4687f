/*
 * Page tables by architecture, for kernel.c alone.
 */
#ifndef KERN_PAGING_H
#define KERN_PAGING_H

#include "kern/kernel.h"

/* The kernel's text mapping on x86-64 (Documentation/arch/x86/x86_64/mm.rst): __START_KERNEL_map, 1 GiB with KASLR. */
#define X86_64_TEXT      UINT64_C(0xffffffff80000000)
#define X86_64_TEXT_SIZE UINT64_C(0x40000000)

/* Find the top table and the shape of the tables. -ENODATA where VMCOREINFO does not say. */
int paging_init_x86_64(struct kernel *kernel, struct error *e);
int paging_init_arm64(struct kernel *kernel, struct error *e);

#endif
