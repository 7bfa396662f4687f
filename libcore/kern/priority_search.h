/*
 * What the searches for pages of the first priorities share. A search adds what it finds to the set and skips what it
 * cannot find; its only error is -ENOMEM.
 */
#ifndef KERN_PRIORITY_SEARCH_H
#define KERN_PRIORITY_SEARCH_H

#include "kern/memmap.h"
#include "kern/page_priority.h"

struct priority_search {
	struct page_priorities *set;
	const struct source *source;
	struct kernel *kernel;       /* NULL: its addresses are unknown */
	struct memmap *memmap;       /* NULL: the page array is unknown */
	const struct segment *image; /* the kernel's; NULL: it has no segment of its own */
};

/* The pages of the bytes [paddr, paddr + size). */
int page_priorities_add_physical(struct priority_search *search, uint64_t paddr, uint64_t size,
				 enum page_priority priority, struct error *e);

/*
 * The mapped pages of [vaddr, vaddr + size). Addresses of the direct map need no page tables.
 */
int page_priorities_add_virtual(struct priority_search *search, uint64_t vaddr, uint64_t size,
				enum page_priority priority, struct error *e);

/* The source's segment that the kernel sees at a virtual address; NULL: none. One is the kernel's image. */
const struct segment *priority_segment(const struct source *source, uint64_t vaddr);

/* What the CPUs were doing when the kernel crashed: priority_cpus.c. */
int priority_find_cpus(struct priority_search *search, struct error *e);

#endif
