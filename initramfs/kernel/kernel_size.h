/*
 * How much memory a kernel takes: to load it, once it runs, and after it has booted.
 */
#ifndef INITRAMFS_KERNEL_KERNEL_SIZE_H
#define INITRAMFS_KERNEL_KERNEL_SIZE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"
#include "fmt/kernel_image.h"

/* Bytes; 0: unknown. */
struct kernel_size {
	enum kernel_kind kind;
	uint64_t load; /* room that the boot loader must give it: a bzImage decompresses itself in init_size bytes */
	uint64_t alignment; /* of its address */
	uint64_t span;      /* room for the vmlinux inside, when it is loaded itself */
	uint64_t resident;  /* what it occupies while it boots */
	uint64_t init;      /* of these, freed when it has booted */
	uint64_t code;      /* .text */
	uint64_t percpu;    /* static per-CPU variables of one processor */
	uint64_t page_size; /* of its pages */
	bool exact;    /* resident, init and percpu were read from the vmlinux; otherwise resident is an upper bound */
	char why[160]; /* where not exact: why */
};

/*
 * Measures an uncompressed bzImage, arm64 Image or vmlinux. The vmlinux inside a bzImage is decompressed for it; where
 * that fails, the size is an upper bound, and why says so. Returns 0, or -EINVAL for another file.
 */
int kernel_size_read(struct kernel_size *size, struct span image, struct error *e);

#endif
