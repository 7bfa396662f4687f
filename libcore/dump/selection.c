#include "dump/selection.h"

void selection_init(struct selection *s, struct source *source)
{
	*s = (struct selection){.source = source};
}

void selection_rewind(struct selection *s)
{
	s->range = 0;
}

int selection_next(struct selection *s, struct run *run, struct error *e)
{
	(void)e;
	while (s->range < s->source->nr_ranges) {
		uint64_t last;

		source_pfns(s->source, s->range++, &run->first, &last);
		run->count = last - run->first;
		if (run->count)
			return 1;
	}
	return 0;
}

int selection_count(struct selection *s, uint64_t *pages, struct error *e)
{
	struct run run;
	int r;

	*pages = 0;
	selection_rewind(s);
	while ((r = selection_next(s, &run, e)) > 0)
		*pages += run.count;
	selection_rewind(s);
	return r;
}
