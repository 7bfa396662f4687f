/*
 * The kernel log's formats, for printk.c alone. Each walks its records, oldest first, as printk_walk says; text is a
 * buffer of PRINTK_TEXT_MAX bytes; *damaged counts on.
 */
#ifndef KERN_PRINTK_FORMATS_H
#define KERN_PRINTK_FORMATS_H

#include "kern/printk.h"

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
