#include "dump/page_order.h"

#include <string.h>

void page_order_init(struct page_order *o, struct selection *selection)
{
	*o = (struct page_order){.selection = selection};
}

void page_order_deinit(struct page_order *o)
{
	page_priorities_deinit(&o->set);
}

int page_order_find(struct page_order *o, struct kernel *kernel, struct error *e)
{
	struct page_classifier *c = &o->selection->classifier;

	page_priorities_deinit(&o->set);
	return page_priorities_find(&o->set, o->selection->source, kernel, c->filtered ? &c->memmap : NULL, e);
}

static void rewind_walk(struct page_order *o)
{
	selection_rewind(o->selection);
	o->known_until = 0;
	o->rank = 0;
	o->from = 0;
	o->stop = UINT64_MAX;
}

/* The priority of the next page, which is of that class, and for how many pages, at most limit, it holds. */
static uint64_t look_up_priority(struct page_order *o, enum page_class class, uint64_t limit,
				 enum page_priority *priority)
{
	uint64_t next = o->selection->next, count;

	if (next >= o->known_until) {
		o->in_set = page_priorities_get(&o->set, next, UINT64_MAX - next, &o->known, &count);
		o->known_until = next + count;
		if (o->in_set)
			page_priorities_note(&o->set, next, o->block);
	}
	*priority = o->in_set ? o->known : page_priority_of_class(class, o->selection->classifier.slab);
	return o->known_until - next < limit ? o->known_until - next : limit;
}

/*
 * What the next page is: its class, and its priority (NR_PAGE_PRIORITIES: it is left out). Returns for how many pages
 * from it on both hold, 0 at the end.
 */
static uint64_t look_ahead(struct page_order *o, enum page_class *class, enum page_priority *priority)
{
	struct selection *s = o->selection;
	uint64_t n = s->next < o->stop ? selection_look(s, class) : 0;

	*priority = NR_PAGE_PRIORITIES;
	if (n == 0)
		return 0;
	if (s->classifier.first == s->next)
		o->block = (struct priority_mark){.block = s->next, .rank = o->rank};
	return level_drops(s->classifier.level, *class) ? n : look_up_priority(o, *class, n, priority);
}

static void step(struct page_order *o, enum page_class class, enum page_priority priority, uint64_t n)
{
	o->rank += priority < NR_PAGE_PRIORITIES ? n : 0;
	selection_step(o->selection, class, n);
}

void page_order_begin(struct page_order *o, enum page_priority priority)
{
	rewind_walk(o);
	o->wanted = priority;
	o->run = 0;
	if (page_priority_is_set_only(priority))
		o->stop = 0; /* go to its first run */
}

/* To the next run that the set has of the priority; a walk over all pages has none to go to. */
static bool go_to_next(struct page_order *o)
{
	struct priority_mark mark;
	uint64_t first, end;

	if (!page_priority_is_set_only(o->wanted) ||
	    !page_priorities_next(&o->set, &o->run, o->wanted, &mark, &first, &end))
		return false;
	rewind_walk(o);
	o->selection->next = mark.block;
	o->rank = mark.rank;
	o->from = first;
	o->stop = end;
	return true;
}

int page_order_next(struct page_order *o, struct run *run, uint64_t *rank)
{
	struct selection *s = o->selection;

	run->count = 0;
	for (;;) {
		enum page_priority priority;
		enum page_class class;
		uint64_t n = look_ahead(o, &class, &priority);
		bool is_wanted = priority == o->wanted && s->next >= o->from;

		/* A run ends where what comes does not follow it; that is looked at again. */
		if (run->count && (n == 0 || !is_wanted || s->next != run->first + run->count))
			return 1;
		if (n == 0 && !go_to_next(o))
			return 0;
		if (n == 0)
			continue;
		if (is_wanted && !run->count) {
			run->first = s->next;
			*rank = o->rank;
		}
		run->count += is_wanted ? n : 0;
		step(o, class, priority, n);
	}
}

static uint64_t count_pages(struct page_order *o, uint64_t by_priority[NR_PAGE_PRIORITIES])
{
	enum page_priority priority;
	enum page_class class;
	uint64_t pages, n;

	memset(by_priority, 0, NR_PAGE_PRIORITIES * sizeof(*by_priority));
	rewind_walk(o);
	while ((n = look_ahead(o, &class, &priority)) != 0) {
		if (priority < NR_PAGE_PRIORITIES)
			by_priority[priority] += n;
		step(o, class, priority, n);
	}
	pages = o->rank;
	rewind_walk(o);
	return pages;
}

/* Whether the passes that go to their pages find as many as the walk has. */
static bool adds_up(struct page_order *o, const uint64_t by_priority[NR_PAGE_PRIORITIES])
{
	const struct selection_counts counts = o->selection->counts;
	bool same = true;
	struct run run;
	uint64_t rank;

	for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++) {
		uint64_t pages = 0;

		if (!page_priority_is_set_only(p))
			continue;
		page_order_begin(o, p);
		while (page_order_next(o, &run, &rank) > 0)
			pages += run.count;
		same &= pages == by_priority[p];
	}
	rewind_walk(o);
	o->selection->counts = counts;
	return same;
}

uint64_t page_order_count(struct page_order *o, uint64_t by_priority[NR_PAGE_PRIORITIES])
{
	struct memmap *m = &o->selection->classifier.memmap;
	uint64_t pages = count_pages(o, by_priority);

	m->frozen = true;
	/* A page array that is damaged may say one thing and another. Then the class alone has to do. */
	if (!adds_up(o, by_priority)) {
		m->frozen = m->changed = false;
		page_priorities_deinit(&o->set);
		pages = count_pages(o, by_priority);
		m->frozen = true;
	}
	return pages;
}
