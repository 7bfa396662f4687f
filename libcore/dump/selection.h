/*
 * Which pages go into the dump: a rewindable stream of runs of pfns, in order. It walks the page array, and never keeps
 * a map of all RAM: its memory does not grow with the machine's, and walking again is cheap.
 */
#ifndef DUMP_SELECTION_H
#define DUMP_SELECTION_H

#include "dump/page_classifier.h"

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
	struct page_classifier classifier;
	size_t range;  /* of the source, in which the walk is */
	uint64_t next; /* the next pfn to look at; 0 or below the range's first: its first */
	uint64_t end;  /* of the range; 0: it is not entered yet */
	struct selection_counts counts;
};

/*
 * Every page that the source has, until page_classifier_filter sets a level; selection_deinit is then needed. Zero
 * pages, which only reading shows, are the encoder's to leave out.
 */
void selection_init(struct selection *selection, struct source *source);
void selection_deinit(struct selection *selection);

void selection_rewind(struct selection *selection);

/*
 * Returns 1 with the next run, or 0 at the end, when selection->counts is that of a whole pass. Runs rise and do not
 * touch.
 */
int selection_next(struct selection *selection, struct run *run);

/* How many pages a whole pass gives; rewinds, and leaves its counts in selection->counts until the next pass. */
uint64_t selection_count(struct selection *selection);

/* For the two below: goes on to the next range that has pages of its own, and counts what classifier->damaged has. */
bool selection_enter_range(struct selection *selection);
void selection_note_damage(struct selection *selection);

/*
 * For walks of another kind: the class of the pages from selection->next on, and how many share it, 0 at the end.
 * selection_step counts n of them and goes on after them. Inline: every page of the machine goes through them.
 */
static inline uint64_t selection_look(struct selection *s, enum page_class *class)
{
	if (s->next >= s->end && !selection_enter_range(s))
		return 0;
	return page_classifier_next(&s->classifier, s->next, s->end, class);
}

static inline void selection_step(struct selection *s, enum page_class class, uint64_t n)
{
	if (s->classifier.damaged && s->classifier.first == s->next)
		selection_note_damage(s);
	s->counts.pages[class] += n;
	s->next += n;
}

#endif
