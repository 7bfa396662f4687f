/*
 * Which pages go into the dump: a rewindable stream of runs of pfns, in order. It walks, and never keeps a map of all
 * RAM: its memory does not grow with the machine's.
 */
#ifndef DUMP_SELECTION_H
#define DUMP_SELECTION_H

#include "base/source.h"

/* count pages from pfn first on. */
struct run {
	uint64_t first, count;
};

struct selection {
	struct source *source;
	size_t range; /* the next range of the source */
};

/* Every page that the source has. Zero pages, which only reading shows, are the encoder's to leave out. */
void selection_init(struct selection *selection, struct source *source);
void selection_rewind(struct selection *selection);

/* Returns 1 with the next run, 0 at the end, or a negative errno. Runs rise and do not overlap. */
int selection_next(struct selection *selection, struct run *run, struct error *e);

/* How many pages a whole pass gives; rewinds. */
int selection_count(struct selection *selection, uint64_t *pages, struct error *e);

#endif
