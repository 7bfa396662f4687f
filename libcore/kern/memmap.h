/*
 * The page array: where the struct page of each pfn lies. Source: include/linux/mmzone.h and mm/sparse.c; FLATMEM's
 * mem_map and SPARSEMEM's sections, with and without EXTREME; VMEMMAP needs nothing of its own, since the array is read
 * by virtual addresses.
 */
#ifndef KERN_MEMMAP_H
#define KERN_MEMMAP_H

#include "kern/kernel.h"

enum { MEMMAP_PAGE_MAX = 256 }; /* a struct page is 56 to 80 bytes today */

struct memmap {
	struct kernel *kernel;
	size_t page_struct; /* SIZE(page), bytes */
	unsigned page_shift;

	bool flat;
	uint64_t mem_map, first_pfn; /* FLATMEM: the array's address and the pfn of its first entry */

	uint64_t root;         /* SPARSEMEM: address of the root array, or of all sections where not extreme */
	bool extreme;          /* root holds pointers to pages full of sections */
	unsigned section_bits; /* of a pfn */
	uint64_t nr_sections, section_size, section_map, sections_per_root;

	/* The section that was looked up last: its array's address less that of its first pfn's entry; 0: none. */
	uint64_t section, section_base;

	/* The window: entries of pfns [first, last). */
	struct view view;
	uint64_t first, last;
	const uint8_t *entries;
	uint8_t single[MEMMAP_PAGE_MAX]; /* an entry that lies on two pages of the array */
};

/*
 * Finds the array. -ENODATA where VMCOREINFO lacks what it takes, another errno where what it leads to is damaged; *e
 * says what. memmap_deinit is needed in any case.
 */
int memmap_init(struct memmap *memmap, struct kernel *kernel, struct error *e);
void memmap_deinit(struct memmap *memmap);

/* Makes the window begin at a pfn's entry. Returns what memmap_get does. */
int memmap_fill_window(struct memmap *memmap, uint64_t pfn, uint64_t *count, struct error *e);

/*
 * The struct page of a pfn: *entry points at it, and *count tells how many pfns follow each other there, this one
 * included (1 or more); valid until the next call. Returns 1, 0 where no array covers the pfn, or a negative errno
 * where the array is damaged; *count then tells for how many pfns that holds.
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
 * Where the array itself lies: the physical address of a pfn's struct page in *paddr, and in *size the bytes of the
 * array that follow each other there, that entry's included. Returns 1, 0 where no array covers the pfn, or a negative
 * errno; *count tells for how many pfns that holds.
 */
int memmap_where(struct memmap *memmap, uint64_t pfn, uint64_t *paddr, uint64_t *size, uint64_t *count,
		 struct error *e);

#endif
