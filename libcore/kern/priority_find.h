/*
 * Where the pages of value lie, for page_priority.c alone. Each adds what it finds to the set; what it cannot find it
 * passes by. They fail for want of memory only.
 */
#ifndef KERN_PRIORITY_FIND_H
#define KERN_PRIORITY_FIND_H

#include "kern/page_priority.h"

struct priority_search {
	struct page_priorities *values;
	const struct source *source;
	struct kernel *kernel;       /* NULL: its addresses are not known */
	struct memmap *memmap;       /* NULL: the page array is not known */
	const struct segment *image; /* the kernel's; NULL: it has no segment of its own */
};

/* Pages keep the value that they were given first. Where the set is full, it says so in values->cut. */
int page_priorities_add(struct page_priorities *values, uint64_t first, uint64_t count, enum page_priority value,
			struct error *e);

/*
 * The same for the pages of [vaddr, vaddr + size), those of them that are mapped. Addresses of the direct map need no
 * page tables.
 */
int page_priorities_add_virtual(struct priority_search *search, uint64_t vaddr, uint64_t size, enum page_priority value,
				struct error *e);

/* The source's segment that the kernel sees at a virtual address; NULL: none. One is the kernel's image. */
const struct segment *priority_segment(const struct source *source, uint64_t vaddr);

int priority_find_cpus(struct priority_search *search, struct error *e);
int priority_find_image(struct priority_search *search, struct error *e);
int priority_find_page_array(struct priority_search *search, struct error *e);
int priority_find_tables(struct priority_search *search, struct error *e);

#endif
