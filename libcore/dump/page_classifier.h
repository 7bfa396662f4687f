/*
 * What each page is, by the crashed kernel's page array, and which classes of pages a dump level leaves out.
 */
#ifndef DUMP_PAGE_CLASSIFIER_H
#define DUMP_PAGE_CLASSIFIER_H

#include "base/log.h"
#include "kern/memmap.h"
#include "kern/page_class.h"

/* Bits of the dump level, as in makedumpfile. */
enum {
	LEVEL_ZERO = 1,
	LEVEL_CACHE = 2,
	LEVEL_CACHE_PRIVATE = 4,
	LEVEL_USER = 8,
	LEVEL_FREE = 16,
};

struct page_classifier {
	unsigned level;
	bool filtered; /* memmap and rules are valid; otherwise every page is PAGE_KERNEL */
	struct memmap memmap;
	struct page_rules rules;

	/* The last block: pages whose class one struct page determines. */
	uint64_t first, end; /* pfns */
	enum page_class class;
	bool slab;        /* it is the slab allocator's */
	uint64_t damaged; /* pages whose struct page is impossible or unreadable: the block's, or none */
};

/* Whether a level leaves a class out. */
bool level_drops(unsigned level, enum page_class class);

/*
 * Begins to use the page array. Returns 0, or a negative errno if this kernel's cannot be found: the classifier then
 * stays unfiltered, and *e says why. A classifier of zeros is unfiltered; page_classifier_deinit is needed only here.
 */
int page_classifier_filter(struct page_classifier *classifier, struct kernel *kernel, unsigned level,
			   const struct log *log, struct error *e);
void page_classifier_deinit(struct page_classifier *classifier);

/*
 * The class of a pfn; returns how many pfns from it on, below last, share it: 0 if the page array no longer reads as
 * before, which ends the walk (memmap.changed). For walks in rising order: a block that began before pfn is remembered
 * until page_classifier_rewind. A new one has classifier->first == pfn.
 */
uint64_t page_classifier_next(struct page_classifier *classifier, uint64_t pfn, uint64_t last, enum page_class *class);

static inline void page_classifier_rewind(struct page_classifier *classifier)
{
	classifier->end = 0;
}

/* The same for any pfn, and at most limit pfns. */
uint64_t page_classifier_get(struct page_classifier *classifier, uint64_t pfn, uint64_t limit, enum page_class *class);

#endif
