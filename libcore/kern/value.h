/*
 * Of what value a page is to who looks into the crash: what is saved first, so that a dump cut short tells the most.
 */
#ifndef KERN_VALUE_H
#define KERN_VALUE_H

#include "kern/kernel.h"
#include "kern/memmap.h"
#include "kern/page_class.h"

/* In the order in which they are saved; every page has one. */
enum page_value {
	VALUE_CPUS,       /* what the CPUs were doing: stacks and what they point at, current tasks, per-CPU areas */
	VALUE_IMAGE,      /* the kernel's text and data, and its page tables */
	VALUE_KERNEL,     /* the kernel's other pages, and those that nothing is known of */
	VALUE_SLAB,       /* the slab allocator's */
	VALUE_PAGE_ARRAY, /* struct page for each page */
	VALUE_REST,       /* cache, processes, free */
	NR_PAGE_VALUES,
};

const char *page_value_name(enum page_value value);

struct value_run;

/* The pages whose value their struct page does not tell: a sorted set of runs, of a bounded size. */
struct page_values {
	struct value_run *runs; /* owned */
	size_t nr, room;
	bool cut; /* there were more than the bound: the rest has the value of its class */
};

/*
 * Looks for the CPUs' stacks, by the stack pointers in the notes; for their current tasks and per-CPU areas, where
 * kallsyms can be read; for the kernel's image and page tables; for the page array. kernel is NULL where the crashed
 * kernel's addresses are not known, memmap NULL where its page array is not. What cannot be found is left to its class:
 * nothing of it is an error but memory (-ENOMEM). page_values_deinit is needed after it.
 */
int page_values_init(struct page_values *values, const struct source *source, struct kernel *kernel,
		     struct memmap *memmap, struct error *e);
void page_values_deinit(struct page_values *values);

/*
 * A walk over all pages notes, at the first page of a run that it meets, where it can begin again there: at the block
 * that holds the page, and how many pages it had counted before that. Later ones of the same run are not noted.
 */
struct value_mark {
	uint64_t block, rank;
};
void page_values_note(struct page_values *values, uint64_t pfn, struct value_mark mark);

/*
 * The next run of a value that has been noted: *index is 0 at first. Its pfns are [*first, *end). False at the end.
 */
bool page_values_next(const struct page_values *values, size_t *index, enum page_value value, struct value_mark *mark,
		      uint64_t *first, uint64_t *end);

/* Whether pages of that value are in the set alone, and none has it by its class. */
static inline bool page_value_is_set_only(enum page_value value)
{
	return value == VALUE_CPUS || value == VALUE_IMAGE || value == VALUE_PAGE_ARRAY;
}

/* The value that a class of pages has. slab: page_is_slab says so. Pure. */
enum page_value page_value_of_class(enum page_class class, bool slab);

/*
 * Whether the set has a pfn: then *value is its value; *count tells, in either case, for how many pfns from it on, at
 * most limit, that holds. Pure.
 */
bool page_values_get(const struct page_values *values, uint64_t pfn, uint64_t limit, enum page_value *value,
		     uint64_t *count);

#endif
