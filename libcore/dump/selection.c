#include "dump/selection.h"

#include <string.h>

void selection_init(struct selection *s, struct source *source)
{
	*s = (struct selection){.source = source};
}

void selection_deinit(struct selection *s)
{
	page_classifier_deinit(&s->classifier);
}

void selection_rewind(struct selection *s)
{
	s->range = 0;
	s->next = 0;
	s->end = 0;
	page_classifier_rewind(&s->classifier);
}

bool selection_enter_range(struct selection *s)
{
	if (s->next == 0)
		memset(&s->counts, 0, sizeof(s->counts));
	for (; s->range < s->source->nr_ranges; s->range++) {
		uint64_t first;

		source_pfns(s->source, s->range, &first, &s->end);
		if (s->next < first)
			s->next = first;
		if (s->next < s->end)
			return true;
	}
	return false;
}

void selection_note_damage(struct selection *s)
{
	if (!s->counts.damaged)
		s->counts.first_damaged = s->next;
	s->counts.damaged += s->classifier.damaged;
}

int selection_next(struct selection *s, struct run *run)
{
	enum page_class class;
	uint64_t n;

	run->count = 0;
	while ((n = selection_look(s, &class)) != 0) {
		bool drops = level_drops(s->classifier.level, class);

		if (run->count && (drops || s->next != run->first + run->count))
			return 1;
		if (!drops && !run->count)
			run->first = s->next;
		run->count += drops ? 0 : n;
		selection_step(s, class, n);
	}
	return run->count != 0;
}

uint64_t selection_count(struct selection *s)
{
	uint64_t pages = 0;
	struct run run;

	selection_rewind(s);
	while (selection_next(s, &run) > 0)
		pages += run.count;
	selection_rewind(s);
	return pages;
}
