/*
 * A selection's pages in order of priority (kern/page_priority.h): a pass for each priority, which together give every
 * page once.
 */
#ifndef DUMP_PAGE_ORDER_H
#define DUMP_PAGE_ORDER_H

#include "dump/selection.h"
#include "kern/page_priority.h"

struct page_order {
	struct selection *selection; /* whose walk the passes use */
	struct page_priorities set;  /* empty: a page's class alone tells its priority */

	/* where the walk is */
	struct priority_mark block; /* the block looked at last, and the rank of the first page kept from there on */
	uint64_t rank;              /* of the next page that is kept, among all that are */
	uint64_t known_until;       /* up to this pfn the set gives one answer: */
	bool in_set;                /* pages are in it, */
	enum page_priority known;   /* with this priority */

	/* the pass */
	enum page_priority wanted;
	size_t run;          /* the next of the set's runs to go to */
	uint64_t from, stop; /* the run that is walked: a walk begins at a block, which may begin before the run */
};

/* In order of class until page_order_find fills the set. page_order_deinit frees it. */
void page_order_init(struct page_order *order, struct selection *selection);
void page_order_deinit(struct page_order *order);

/* Learns the pages of the first priorities. kernel may be NULL. Returns 0, or -ENOMEM. */
int page_order_find(struct page_order *order, struct kernel *kernel, struct error *e);

/*
 * As selection_count, and in by_priority[] how many of them have each priority. Where the passes do not find as many,
 * because the page array is damaged, empties the set.
 */
uint64_t page_order_count(struct page_order *order, uint64_t by_priority[NR_PAGE_PRIORITIES]);

/*
 * Starts a pass, after page_order_count. Pages that the set alone knows are gone to without a walk over all; so the
 * selection's counts are then of no use.
 */
void page_order_begin(struct page_order *order, enum page_priority priority);

/*
 * Returns 1 with the pass' next run, or 0 at its end. Runs of one pass rise, and may touch. *rank is that of the run's
 * first page among all that selection_next gives.
 */
int page_order_next(struct page_order *order, struct run *run, uint64_t *rank);

#endif
