/*
 * How much memory a kernel takes: to load it, once it runs, and after it has booted.
 */
#ifndef INITRAMFS_KERNEL_KERNEL_SIZE_H
#define INITRAMFS_KERNEL_KERNEL_SIZE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"
#include "fmt/kernel_image.h"

/* Bytes; 0 where the file does not say. */
struct kernel_size {
	enum kernel_kind kind;
	uint64_t load;      /* room that the boot loader must give it: a bzImage's init_size unpacks itself in it */
	uint64_t alignment; /* of its place */
	uint64_t span;      /* room for the vmlinux inside, loaded as it is */
	uint64_t resident;  /* what it keeps while it boots */
	uint64_t init;      /* of these, given back when it has booted */
	uint64_t code;      /* .text */
	uint64_t percpu;    /* static per-CPU variables of one processor */
	uint64_t page_size; /* of its pages */
	bool exact;         /* resident, init and percpu were read from the vmlinux; else resident is at most that */
	char why[160];      /* where not exact: why */
};

/*
 * Measures a bzImage, an arm64 Image or a vmlinux, which is not packed any more. The vmlinux inside a bzImage is
 * unpacked for it, by zlib or the program xz, zstd or lz4; where that is not possible, the size is a bound, and why
 * says it. Returns 0, -EINVAL for what is no kernel known here, or -ENOMEM.
 */
int kernel_size_read(struct kernel_size *size, struct span image, struct error *e);

#endif
