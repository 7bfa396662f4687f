/*
 * The memory that a decompressed kernel (a vmlinux) needs, from its ELF program headers and sections. Sources: the
 * System V ABI, generic part, chapters 4 and 5; the kernel's arch/x86/kernel/vmlinux.lds.S and
 * arch/arm64/kernel/vmlinux.lds.S for the order of the sections.
 */
#ifndef FMT_KERNEL_LAYOUT_H
#define FMT_KERNEL_LAYOUT_H

#include "base/error.h"
#include "base/span.h"

/* Bytes. */
struct kernel_layout {
	uint64_t span;     /* from the first loaded byte to the last: the memory for loading the vmlinux itself */
	uint64_t resident; /* the part that it keeps: up to the end of .bss, reserved by setup_arch() */
	uint64_t init;     /* the part of these that is freed at the end of booting */
	uint64_t code;     /* .text */
	uint64_t percpu;   /* one processor's copy of the static per-CPU variables */
	uint32_t alignment;
};

/* Reads the headers of an ELF64 little-endian vmlinux, with its section headers. Returns 0, or -EINVAL; the error says
 * what is missing. */
int kernel_layout_read(struct kernel_layout *layout, struct span elf, struct error *e);

#endif
