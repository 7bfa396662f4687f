/*
 * Which pages go into the dump: a rewindable stream of runs of pfns, in order. It walks the page array, and never keeps
 * a map of all RAM: its memory does not grow with the machine's, and walking again is cheap.
 */
#ifndef DUMP_SELECTION_H
#define DUMP_SELECTION_H

#include "base/log.h"
#include "kern/memmap.h"
#include "kern/page_class.h"
#include "kern/page_priority.h"

/* Bits of the dump level, as makedumpfile has them. */
enum {
	LEVEL_ZERO = 1,
	LEVEL_CACHE = 2,
	LEVEL_CACHE_PRIVATE = 4,
	LEVEL_USER = 8,
	LEVEL_FREE = 16,
};

/* count pages from pfn first on. */
struct run {
	uint64_t first, count;
};

/* What a whole pass has counted. */
struct selection_counts {
	uint64_t pages[NR_PAGE_CLASSES]; /* that the source has */
	uint64_t damaged;                /* of PAGE_UNKNOWN: what their struct page says is impossible, or unreadable */
	uint64_t first_damaged;          /* its pfn */
};

struct selection {
	struct source *source;
	unsigned level;
	bool filtered; /* memmap and rules are there */
	struct memmap memmap;
	struct page_rules rules;

	/* where the walk is */
	size_t range;     /* of the source */
	uint64_t next;    /* the next pfn to look at; 0 or below the range's first: its first */
	uint64_t decided; /* pfns below it have the class of the block that was looked at last, which reaches so far */
	bool block;       /* it has more than one page */
	bool slab;        /* it is the slab allocator's */
	enum page_class class;
	struct selection_counts counts;
	uint64_t rank;                    /* of the next page that is kept, among all that are */
	struct priority_mark block_start; /* of that block */

	/* what selection_find_priorities has found, and what of it holds from the next page on */
	struct page_priorities values;
	uint64_t known_until;     /* pfns below it have: */
	bool in_values;           /* a value of their own, */
	enum page_priority value; /* which is this one */

	/* a pass over one value */
	enum page_priority wanted;
	size_t run;          /* the next of values' runs to go to */
	uint64_t from, stop; /* the one that is walked: a walk begins at a block, which may have others of the value
				before it */
};

/* Every page that the source has. Zero pages, which only reading shows, are the encoder's to leave out. */
void selection_init(struct selection *selection, struct source *source);

/*
 * Leaves out what the level says, by the crashed kernel's page array; at level 0 too, pages that must not be read are
 * left out. Returns 0, or a negative errno where this kernel's page array cannot be found: the selection then goes on
 * with every page, and *e says why. selection_deinit is needed after it.
 */
int selection_filter(struct selection *selection, struct kernel *kernel, unsigned level, const struct log *log,
		     struct error *e);
void selection_deinit(struct selection *selection);

/* Whether the level leaves a class out. */
bool selection_drops(const struct selection *selection, enum page_class class);

void selection_rewind(struct selection *selection);

/*
 * Learns which pages are of what value, for selection_next_of; without it a page's class alone tells. Returns 0, or
 * -ENOMEM. kernel may be NULL.
 */
int selection_find_priorities(struct selection *selection, struct kernel *kernel, struct error *e);

/* Returns 1 with the next run, or 0 at the end, when selection->counts is that of a whole pass. Runs rise and do not
 * touch. */
int selection_next(struct selection *selection, struct run *run);

/*
 * The pages of one value: a pass for each value gives every page once. *rank is that of the run's first page among all
 * that selection_next gives. Runs of one pass rise, and may touch. selection_begin starts a pass, after
 * selection_count; pages that are known by themselves, and not by their class, are gone to without a walk over all.
 * counts are then of no use. Returns 1, or 0 at the end.
 */
void selection_begin(struct selection *selection, enum page_priority value);
int selection_next_of(struct selection *selection, struct run *run, uint64_t *rank);

/*
 * How many pages a whole pass gives, and in by_priority[], unless NULL, those of each value; rewinds, but leaves the
 * counts of that pass in selection->counts until the next.
 */
uint64_t selection_count(struct selection *selection, uint64_t by_priority[NR_PAGE_PRIORITIES]);

/*
 * The class of a pfn, and how many pfns from it on, at most limit, share it: for who does not walk in order. Counts
 * nothing.
 */
uint64_t selection_look(struct selection *selection, uint64_t pfn, uint64_t limit, enum page_class *class);

#endif
