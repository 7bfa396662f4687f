/*
 * The crashed kernel in a source: its VMCOREINFO and its virtual addresses. No I/O of its own.
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
 * Sets up from a source, which must stay open. -ENODATA if VMCOREINFO is missing or lacks what address translation
 * needs; *e says what. After that only kernel_deinit is allowed.
 */
int kernel_init(struct kernel *kernel, struct source *source, struct error *e);
void kernel_deinit(struct kernel *kernel);

/*
 * Walks the crashed kernel's page tables. Returns 0 with *paddr and in *left the bytes up to the end of its page (of
 * any size); -EFAULT if nothing is mapped there. Source: Intel SDM volume 3, 4.5; the Arm ARM, D8.3.
 */
int kernel_translate(struct kernel *kernel, uint64_t vaddr, uint64_t *paddr, uint64_t *left, struct error *e);

/* Copies size bytes from a virtual address. */
int kernel_read(struct kernel *kernel, uint64_t vaddr, void *buffer, size_t size, struct error *e);

/* Little-endian values at virtual addresses; a pointer is 64 bits. */
int kernel_read_u32(struct kernel *kernel, uint64_t vaddr, uint32_t *value, struct error *e);
int kernel_read_u64(struct kernel *kernel, uint64_t vaddr, uint64_t *value, struct error *e);

/* For the dump's header: the six zero-terminated fields of utsname, as stored in the kernel. */
int kernel_read_uts(struct kernel *kernel, uint8_t uts[UTS_SIZE], struct error *e);

#endif
