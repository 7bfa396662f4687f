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
	uint64_t load;      /* room that the loader must reserve: a bzImage decompresses itself in init_size bytes */
	uint64_t alignment; /* of its address */
	uint64_t span;      /* room for the vmlinux inside, if that is loaded directly */
	uint64_t resident;  /* what it occupies while it boots */
	uint64_t init;      /* of these, freed after booting */
	uint64_t code;      /* .text */
	uint64_t percpu;    /* static per-CPU variables of one processor */
	uint64_t page_size; /* of its pages */
	bool exact;         /* resident, init and percpu come from the vmlinux; otherwise resident is an upper bound */
	char why[160];      /* if not exact: why */
};

/*
 * Measures an uncompressed bzImage, arm64 Image or vmlinux. The vmlinux inside a bzImage is decompressed for it; if
 * that fails, the size is an upper bound, and why has the reason. Returns 0, or -EINVAL for another file.
 */
int kernel_size_read(struct kernel_size *size, struct span image, struct error *e);

#endif
