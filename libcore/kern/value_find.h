/*
 * Where the pages of value lie, for value.c alone. Each adds what it finds to the set; what it cannot find it passes
 * by. They fail for want of memory only.
 */
#ifndef KERN_VALUE_FIND_H
#define KERN_VALUE_FIND_H

#include "kern/value.h"

struct value_search {
	struct page_values *values;
	const struct source *source;
	struct kernel *kernel;       /* NULL: its addresses are not known */
	struct memmap *memmap;       /* NULL: the page array is not known */
	const struct segment *image; /* the kernel's; NULL: it has no segment of its own */
};

/* Pages keep the value that they were given first. Where the set is full, it says so in values->cut. */
int page_values_add(struct page_values *values, uint64_t first, uint64_t count, enum page_value value, struct error *e);

/*
 * The same for the pages of [vaddr, vaddr + size), those of them that are mapped. Addresses of the direct map need no
 * page tables.
 */
int page_values_add_virtual(struct value_search *search, uint64_t vaddr, uint64_t size, enum page_value value,
			    struct error *e);

/* The source's segment that the kernel sees at a virtual address; NULL: none. One is the kernel's image. */
const struct segment *value_segment(const struct source *source, uint64_t vaddr);

int value_find_cpus(struct value_search *search, struct error *e);
int value_find_image(struct value_search *search, struct error *e);
int value_find_page_array(struct value_search *search, struct error *e);
int value_find_tables(struct value_search *search, struct error *e);

#endif
