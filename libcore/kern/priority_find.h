/*
 * Where the pages of the first priorities lie.
 */
#ifndef KERN_PRIORITY_FIND_H
#define KERN_PRIORITY_FIND_H

#include "kern/memmap.h"
#include "kern/page_priority.h"

/*
 * Fills an empty set with the CPUs' stacks, by the stack pointers in the notes; their current tasks and per-CPU areas,
 * where kallsyms can be read; the kernel's image and page tables; the page array. kernel is NULL where the crashed
 * kernel's addresses are unknown, memmap NULL where its page array is. What cannot be found is left to its class; the
 * one error is -ENOMEM.
 */
int page_priorities_find(struct page_priorities *set, const struct source *source, struct kernel *kernel,
			 struct memmap *memmap, struct error *e);

#endif
