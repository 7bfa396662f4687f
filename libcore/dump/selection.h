/*
 * Which pages go into the dump: a rewindable stream of runs of pfns, in order. It walks the page array, and never keeps
 * a map of all RAM: its memory does not grow with the machine's, and walking again is cheap.
 */
#ifndef DUMP_SELECTION_H
#define DUMP_SELECTION_H

#include "base/log.h"
#include "kern/memmap.h"
#include "kern/page_class.h"

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
	enum page_class class;
	struct selection_counts counts;
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

/* Returns 1 with the next run, or 0 at the end, when selection->counts is that of a whole pass. Runs rise and do not
 * touch. */
int selection_next(struct selection *selection, struct run *run);

/* How many pages a whole pass gives; rewinds, but leaves the counts of that pass in selection->counts until the next.
 */
uint64_t selection_count(struct selection *selection);

/*
 * The class of a pfn, and how many pfns from it on, at most limit, share it: for who does not walk in order. Counts
 * nothing.
 */
uint64_t selection_look(struct selection *selection, uint64_t pfn, uint64_t limit, enum page_class *class);

#endif
