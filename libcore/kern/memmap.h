/*
 * The page array: where the struct page of each pfn is. Source: include/linux/mmzone.h and mm/sparse.c; FLATMEM's
 * mem_map and SPARSEMEM's sections, with and without EXTREME; VMEMMAP needs no code of its own, since the array is read
 * by virtual addresses.
 */
#ifndef KERN_MEMMAP_H
#define KERN_MEMMAP_H

#include "kern/kernel.h"

enum {
	MEMMAP_PAGE_MAX = 256, /* a struct page is 56 to 80 bytes today */
	MEMMAP_UNREAD = 32,    /* places; from the last one on all counts as unread */
};

struct memmap {
	struct kernel *kernel;
	size_t page_struct; /* SIZE(page), bytes */
	unsigned page_shift;

	bool flat;
	uint64_t mem_map, first_pfn; /* FLATMEM: the array's address and the pfn of its first entry */

	uint64_t root;         /* SPARSEMEM: address of the root array, or, if not extreme, of all sections */
	bool extreme;          /* root holds pointers to pages full of sections */
	unsigned section_bits; /* of a pfn */
	uint64_t nr_sections, section_size, section_map, sections_per_root;

	/* The last section looked up: its array's address minus that of its first pfn's entry; 0: none. */
	uint64_t section, section_base;

	/* The window: entries of pfns [first, last). */
	struct view view;
	uint64_t first, last;
	const uint8_t *entries;
	uint8_t single[MEMMAP_PAGE_MAX]; /* an entry that crosses a page of the array */

	/*
	 * Whoever walks over the array twice must find the same: what could not be read the first time stays unread,
	 * and once frozen is set, a read that fails anew sets changed.
	 */
	struct {
		uint64_t first, end; /* pfns */
	} unread[MEMMAP_UNREAD];
	unsigned nr_unread;
	bool frozen, changed;
};

/*
 * Finds the array. -ENODATA if VMCOREINFO lacks something, another errno if it points to damaged data; *e says what.
 * Call memmap_deinit in any case.
 */
int memmap_init(struct memmap *memmap, struct kernel *kernel, struct error *e);
void memmap_deinit(struct memmap *memmap);

/* Makes the window begin at a pfn's entry. Returns what memmap_get does. */
int memmap_fill_window(struct memmap *memmap, uint64_t pfn, uint64_t *count, struct error *e);

/*
 * The struct page of a pfn: *entry points at it, and *count is the number of consecutive pfns there, including this one
 * (1 or more); valid until the next call. Returns 1, 0 if no array covers the pfn, or a negative errno if the array is
 * damaged; *count is then the number of pfns to which that applies.
 */
static inline int memmap_get(struct memmap *m, uint64_t pfn, const uint8_t **entry, uint64_t *count, struct error *e)
{
	if (pfn < m->first || pfn >= m->last) {
		int r = memmap_fill_window(m, pfn, count, e);

		if (r <= 0)
			return r;
	}
	*entry = m->entries + (pfn - m->first) * m->page_struct;
	*count = m->last - pfn;
	return 1;
}

/*
 * The tables that lead to the array, by virtual addresses: the root with its size in bytes (0: there is none), and the
 * struct mem_section, section_size bytes, of a pfn (0: it has none).
 */
uint64_t memmap_root(const struct memmap *memmap, uint64_t *size);
uint64_t memmap_section(struct memmap *memmap, uint64_t pfn);

/*
 * Where the array itself is: the physical address of a pfn's struct page in *paddr, and in *size the contiguous bytes
 * of the array from there. Returns 1, 0 if no array covers the pfn, or a negative errno; *count is the number of pfns
 * to which that applies.
 */
int memmap_where(struct memmap *memmap, uint64_t pfn, uint64_t *paddr, uint64_t *size, uint64_t *count,
		 struct error *e);

#endif
