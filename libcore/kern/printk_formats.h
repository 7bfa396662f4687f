/*
 * The kernel log's formats, record by record. Each function walks one, as described at printk_walk; text is a buffer of
 * PRINTK_TEXT_MAX bytes; adds to *damaged.
 */
#ifndef KERN_PRINTK_FORMATS_H
#define KERN_PRINTK_FORMATS_H

#include "kern/kernel.h"

/* One record. */
struct printk_record {
	uint64_t seq;     /* its number, since boot or among those left */
	uint64_t ts_nsec; /* nanoseconds since boot */
	bool plain;       /* a line of the oldest format, with its time, if any, in the text */
	const char *text; /* as the kernel wrote it: any bytes, newlines among them, no final newline */
	size_t size;
};

/* Returns 0 to continue, or a negative errno, which printk_walk returns. */
typedef int printk_fn(void *context, const struct printk_record *record, struct error *e);

enum { PRINTK_TEXT_MAX = 65536 }; /* text_len is 16 bits */

/* 5.10 and later: VMCOREINFO has SYMBOL(prb). */
int64_t printk_walk_ring(struct kernel *kernel, char *text, printk_fn *fn, void *context, uint64_t *damaged,
			 struct error *e);

/* 3.5 to 5.9: VMCOREINFO has SYMBOL(log_first_idx). */
int64_t printk_walk_records(struct kernel *kernel, char *text, printk_fn *fn, void *context, uint64_t *damaged,
			    struct error *e);

/* Before: VMCOREINFO has SYMBOL(log_end). */
int64_t printk_walk_plain(struct kernel *kernel, char *text, printk_fn *fn, void *context, uint64_t *damaged,
			  struct error *e);

#endif
