/*
 * The crashed kernel's log, record by record, from VMCOREINFO alone. A large log buffer needs no large memory here.
 */
#ifndef KERN_PRINTK_H
#define KERN_PRINTK_H

#include "kern/printk_formats.h"

/*
 * Calls fn for every whole record, oldest first: the lockless ring of 5.10 and later (kernel/printk/
 * printk_ringbuffer.h, since kernel commit 896fbe20b4e2), the records of 3.5 to 5.9 (7ff9554bb578), and the older plain
 * ring of text. Returns their number; -ENODATA if VMCOREINFO lacks keys. Skips damaged records and counts them in
 * *damaged.
 */
int64_t printk_walk(struct kernel *kernel, printk_fn *fn, void *context, uint64_t *damaged, struct error *e);

/*
 * A record as dmesg and crash show it: "[    1.234567] text", its further lines indented as far, unprintable bytes as
 * '.'. Returns the length, at most size - 1; ends in a newline and a zero byte. Cuts what does not fit;
 * PRINTK_SHOWN_MAX is enough for any record but one of thousands of empty lines.
 */
enum { PRINTK_SHOWN_MAX = 128 << 10 };
size_t printk_format(const struct printk_record *record, char *out, size_t size);

#endif
