/*
 * The crashed kernel, seen through a source: what VMCOREINFO says of it, and its virtual addresses. No I/O of its own.
 */
#ifndef KERN_KERNEL_H
#define KERN_KERNEL_H

#include "base/error.h"
#include "base/source.h"
#include "kern/paging.h"

struct kernel {
	struct source *source;
	struct span info; /* VMCOREINFO */
	struct view view; /* a small window for page tables and structures */
	struct paging paging;
};

enum { UTS_FIELD = 65, UTS_SIZE = 6 * UTS_FIELD };

/*
 * Sets up from a source, which must stay open. Fails (ENODATA) where VMCOREINFO is missing or lacks what address
 * translation needs: *e says what; the kernel can then be used for nothing but kernel_deinit.
 */
int kernel_init(struct kernel *kernel, struct source *source, struct error *e);
void kernel_deinit(struct kernel *kernel);

/*
 * Walks the crashed kernel's page tables. Returns 0 with *paddr and in *left the bytes up to the end of the page (of
 * whatever size) that holds it; -EFAULT where nothing is mapped there. Source: Intel SDM volume 3, 4.5; the Arm ARM,
 * D8.3.
 */
int kernel_translate(struct kernel *kernel, uint64_t vaddr, uint64_t *paddr, uint64_t *left, struct error *e);

/* Copies size bytes from a virtual address. */
int kernel_read(struct kernel *kernel, uint64_t vaddr, void *buffer, size_t size, struct error *e);

/* Little-endian values at virtual addresses; a pointer is 64 bits. */
int kernel_read_u32(struct kernel *kernel, uint64_t vaddr, uint32_t *value, struct error *e);
int kernel_read_u64(struct kernel *kernel, uint64_t vaddr, uint64_t *value, struct error *e);

/* What the dump's header needs: the six fields of utsname, zero-ended, as the kernel keeps them. */
int kernel_read_uts(struct kernel *kernel, uint8_t uts[UTS_SIZE], struct error *e);

#endif
