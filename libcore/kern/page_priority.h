/*
 * Of what value a page is to who looks into the crash: what is saved first, so that a dump cut short tells the most.
 */
#ifndef KERN_PAGE_PRIORITY_H
#define KERN_PAGE_PRIORITY_H

#include "kern/kernel.h"
#include "kern/memmap.h"
#include "kern/page_class.h"

/* In the order in which they are saved; every page has one. */
enum page_priority {
	PRIORITY_CPUS,       /* what the CPUs were doing: stacks and what they point at, current tasks, per-CPU areas */
	PRIORITY_IMAGE,      /* the kernel's text and data, and its page tables */
	PRIORITY_KERNEL,     /* the kernel's other pages, and those that nothing is known of */
	PRIORITY_SLAB,       /* the slab allocator's */
	PRIORITY_PAGE_ARRAY, /* struct page for each page */
	PRIORITY_REST,       /* cache, processes, free */
	NR_PAGE_PRIORITIES,
};

const char *page_priority_name(enum page_priority value);

struct priority_run;

/* The pages whose value their struct page does not tell: a sorted set of runs, of a bounded size. */
struct page_priorities {
	struct priority_run *runs; /* owned */
	size_t nr, room;
	bool cut; /* there were more than the bound: the rest has the value of its class */
};

/*
 * Looks for the CPUs' stacks, by the stack pointers in the notes; for their current tasks and per-CPU areas, where
 * kallsyms can be read; for the kernel's image and page tables; for the page array. kernel is NULL where the crashed
 * kernel's addresses are not known, memmap NULL where its page array is not. What cannot be found is left to its class:
 * nothing of it is an error but memory (-ENOMEM). page_priorities_deinit is needed after it.
 */
int page_priorities_init(struct page_priorities *values, const struct source *source, struct kernel *kernel,
			 struct memmap *memmap, struct error *e);
void page_priorities_deinit(struct page_priorities *values);

/*
 * A walk over all pages notes, at the first page of a run that it meets, where it can begin again there: at the block
 * that holds the page, and how many pages it had counted before that. Later ones of the same run are not noted.
 */
struct priority_mark {
	uint64_t block, rank;
};
void page_priorities_note(struct page_priorities *values, uint64_t pfn, struct priority_mark mark);

/*
 * The next run of a value that has been noted: *index is 0 at first. Its pfns are [*first, *end). False at the end.
 */
bool page_priorities_next(const struct page_priorities *values, size_t *index, enum page_priority value,
			  struct priority_mark *mark, uint64_t *first, uint64_t *end);

/* Whether pages of that value are in the set alone, and none has it by its class. */
static inline bool page_priority_is_set_only(enum page_priority value)
{
	return value == PRIORITY_CPUS || value == PRIORITY_IMAGE || value == PRIORITY_PAGE_ARRAY;
}

/* The value that a class of pages has. slab: page_is_slab says so. Pure. */
enum page_priority page_priority_of_class(enum page_class class, bool slab);

/*
 * Whether the set has a pfn: then *value is its value; *count tells, in either case, for how many pfns from it on, at
 * most limit, that holds. Pure.
 */
bool page_priorities_get(const struct page_priorities *values, uint64_t pfn, uint64_t limit, enum page_priority *value,
			 uint64_t *count);

#endif
