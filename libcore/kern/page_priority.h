/*
 * The most useful pages are saved first, so that a truncated dump is still useful.
 */
#ifndef KERN_PAGE_PRIORITY_H
#define KERN_PAGE_PRIORITY_H

#include "base/error.h"
#include "kern/page_class.h"

/* In the order in which pages are saved; every page has one. */
enum page_priority {
	PRIORITY_CPUS,       /* what the CPUs were doing: stacks and what they point to, current tasks, per-CPU areas */
	PRIORITY_IMAGE,      /* the kernel's text and data, and its page tables */
	PRIORITY_KERNEL,     /* the kernel's other pages, and those of an unknown class */
	PRIORITY_SLAB,       /* the slab allocator's */
	PRIORITY_PAGE_ARRAY, /* struct page for each page */
	PRIORITY_REST,       /* cache, processes, free */
	NR_PAGE_PRIORITIES,
};

const char *page_priority_name(enum page_priority priority);

struct priority_run;
struct kernel;
struct memmap;
struct source;

/* The pages whose priority does not follow from their struct page: a sorted set of runs, of bounded size. */
struct page_priorities {
	struct priority_run *runs; /* owned */
	size_t nr, room;
	bool cut; /* the bound was reached: the rest has the priority of its class */
};

/*
 * Adds pages; those already in the set keep their priority. A full set is marked in set->cut. Returns 0 or -ENOMEM. A
 * set of zeros is empty; page_priorities_deinit frees it.
 */
int page_priorities_add(struct page_priorities *set, uint64_t first, uint64_t count, enum page_priority priority,
			struct error *e);
void page_priorities_deinit(struct page_priorities *set);

/*
 * Fills an empty set with the CPUs' stacks, by the stack pointers in the notes; their current tasks and per-CPU areas,
 * where kallsyms can be read; the kernel's image and page tables; the page array. kernel is NULL if the crashed
 * kernel's addresses are unknown, memmap NULL if its page array is. Anything not found has the priority of its class;
 * the only error is -ENOMEM. In priority_find.c.
 */
int page_priorities_find(struct page_priorities *set, const struct source *source, struct kernel *kernel,
			 struct memmap *memmap, struct error *e);

/*
 * Where a walk can restart for a run: the first pfn of the block with the run's first page, and the rank of the next
 * kept page. A walk over all pages sets it; later marks for the same run are ignored.
 */
struct priority_mark {
	uint64_t block, rank;
};
void page_priorities_note(struct page_priorities *set, uint64_t pfn, struct priority_mark mark);

/*
 * The next run of a priority that has a mark: *index is 0 at first. Its pfns are [*first, *end). False at the end.
 */
bool page_priorities_next(const struct page_priorities *set, size_t *index, enum page_priority priority,
			  struct priority_mark *mark, uint64_t *first, uint64_t *end);

/* Whether a priority belongs only to pages in the set, and to no class. */
static inline bool page_priority_is_set_only(enum page_priority priority)
{
	return priority == PRIORITY_CPUS || priority == PRIORITY_IMAGE || priority == PRIORITY_PAGE_ARRAY;
}

/* The priority of a class of pages. slab: from page_is_slab. Pure. */
enum page_priority page_priority_of_class(enum page_class class, bool slab);

/*
 * Whether the set has a pfn, and then its priority; *count is in either case the number of pfns from there, at most
 * limit, to which that applies. Pure.
 */
bool page_priorities_get(const struct page_priorities *set, uint64_t pfn, uint64_t limit, enum page_priority *priority,
			 uint64_t *count);

#endif
