#include "dump/selection.h"

#include <errno.h>
#include <string.h>

void selection_init(struct selection *s, struct source *source)
{
	*s = (struct selection){.source = source};
}

int selection_filter(struct selection *s, struct kernel *kernel, unsigned level, const struct log *log, struct error *e)
{
	int r = memmap_init(&s->memmap, kernel, e);

	if (r == 0)
		r = page_rules_init(&s->rules, kernel->info, log, e);
	s->level = level;
	s->filtered = r == 0;
	return r;
}

void selection_deinit(struct selection *s)
{
	if (s->memmap.kernel)
		memmap_deinit(&s->memmap);
	s->memmap.kernel = NULL;
	s->filtered = false;
	page_priorities_deinit(&s->values);
}

int selection_find_priorities(struct selection *s, struct kernel *kernel, struct error *e)
{
	page_priorities_deinit(&s->values);
	return page_priorities_init(&s->values, s->source, kernel, s->filtered ? &s->memmap : NULL, e);
}

bool selection_drops(const struct selection *s, enum page_class class)
{
	switch (class) {
	case PAGE_CACHE:
		return s->level & (LEVEL_CACHE | LEVEL_CACHE_PRIVATE);
	case PAGE_CACHE_PRIVATE:
		return s->level & LEVEL_CACHE_PRIVATE;
	case PAGE_USER:
		return s->level & LEVEL_USER;
	case PAGE_FREE:
		return s->level & LEVEL_FREE;
	case PAGE_HWPOISON:
	case PAGE_OFFLINE:
		return true; /* reading one can end the capture */
	default:
		return false;
	}
}

void selection_rewind(struct selection *s)
{
	s->range = 0;
	s->next = 0;
	s->decided = 0;
	s->known_until = 0;
	s->rank = 0;
	s->from = 0;
	s->stop = UINT64_MAX;
}

static void note_damage(struct selection *s, uint64_t pfn, uint64_t pages)
{
	if (!s->counts.damaged)
		s->counts.first_damaged = pfn;
	s->counts.damaged += pages;
}

/* Looks at the struct page of a pfn: how many pages it decides about, and their class. */
static uint64_t look_at(struct selection *s, uint64_t pfn, enum page_class *class)
{
	uint8_t head[MEMMAP_PAGE_MAX];
	const uint8_t *entry, *second = NULL;
	uint64_t count;
	unsigned order;
	struct error why;
	int r = memmap_get(&s->memmap, pfn, &entry, &count, &why);

	*class = PAGE_UNKNOWN;
	s->slab = false;
	if (r < 0)
		note_damage(s, pfn, count);
	if (r <= 0)
		return count;
	if (page_is_head(&s->rules, entry) && count > 1) {
		second = entry + s->memmap.page_struct;
	} else if (page_is_head(&s->rules, entry)) {
		memcpy(head, entry, s->memmap.page_struct);
		entry = head;
		if (memmap_get(&s->memmap, pfn + 1, &second, &count, &why) <= 0)
			second = NULL;
	}
	if (!page_classify(&s->rules, pfn, entry, second, class, &order))
		note_damage(s, pfn, 1);
	s->slab = *class == PAGE_KERNEL && page_is_slab(&s->rules, entry);
	return UINT64_C(1) << order;
}

/* In a block that is kept, a single page may be broken: how many pages from pfn on are not, or are. */
static uint64_t look_for_poison(struct selection *s, uint64_t pfn, uint64_t limit, enum page_class *class)
{
	uint64_t n = 0, count;
	const uint8_t *entry;
	struct error why;
	bool first = false;

	while (n < limit && memmap_get(&s->memmap, pfn + n, &entry, &count, &why) > 0) {
		for (; count && n < limit; count--, n++, entry += s->memmap.page_struct) {
			bool poisoned = page_is_poisoned(&s->rules, entry);

			if (n == 0)
				first = poisoned;
			else if (poisoned != first)
				goto found;
		}
	}
found:
	if (first)
		*class = PAGE_HWPOISON;
	return n ? n : limit;
}

/* The class of a pfn and how far, at most to last, it goes; blocks that began before are remembered. */
static uint64_t decide(struct selection *s, uint64_t pfn, uint64_t last, enum page_class *class)
{
	uint64_t count;

	if (!s->filtered) {
		*class = PAGE_KERNEL;
		s->slab = false;
		s->block_start = (struct priority_mark){.block = pfn, .rank = s->rank};
		return last - pfn;
	}
	if (pfn >= s->decided) {
		count = look_at(s, pfn, &s->class);
		/* At least this page, and no further than there are numbers: the walk must go on. */
		if (count == 0)
			count = 1;
		s->decided = count < UINT64_MAX - pfn ? pfn + count : UINT64_MAX;
		s->block = count > 1;
		s->block_start = (struct priority_mark){.block = pfn, .rank = s->rank};
	}
	*class = s->class;
	count = (s->decided < last ? s->decided : last) - pfn;
	if (s->block && s->rules.hwpoison && s->class != PAGE_UNKNOWN && !selection_drops(s, s->class))
		return look_for_poison(s, pfn, count, class);
	return count;
}

uint64_t selection_look(struct selection *s, uint64_t pfn, uint64_t limit, enum page_class *class)
{
	struct selection_counts counts = s->counts;
	uint64_t n;

	s->decided = 0;
	n = decide(s, pfn, pfn + limit, class);
	s->decided = 0;
	s->counts = counts;
	return n;
}

/* Goes on to the next range that has pages of its own; its first and last pfn. */
static bool enter_range(struct selection *s, uint64_t *last)
{
	for (; s->range < s->source->nr_ranges; s->range++) {
		uint64_t first;

		source_pfns(s->source, s->range, &first, last);
		if (s->next < first)
			s->next = first;
		if (s->next < *last)
			return true;
	}
	return false;
}

int selection_next(struct selection *s, struct run *run)
{
	uint64_t last;

	if (s->next == 0)
		memset(&s->counts, 0, sizeof(s->counts));
	run->count = 0;
	while (enter_range(s, &last)) {
		enum page_class class;
		uint64_t n;

		/* A run ends at a hole; what comes behind it is the next one. */
		if (run->count && s->next != run->first + run->count)
			return 1;
		n = decide(s, s->next, last, &class);
		s->counts.pages[class] += n;
		if (!selection_drops(s, class)) {
			if (!run->count)
				run->first = s->next;
			run->count += n;
		}
		s->next += n;
	}
	return run->count != 0;
}

/* The value of the next page, which is of that class, and for how many pages, at most limit, it holds. */
static uint64_t look_up_value(struct selection *s, enum page_class class, uint64_t limit, enum page_priority *value)
{
	uint64_t count;

	if (s->next >= s->known_until) {
		s->in_values = page_priorities_get(&s->values, s->next, UINT64_MAX - s->next, &s->value, &count);
		s->known_until = s->next + count;
		if (s->in_values)
			page_priorities_note(&s->values, s->next, s->block_start);
	}
	*value = s->in_values ? s->value : page_priority_of_class(class, s->slab);
	return s->known_until - s->next < limit ? s->known_until - s->next : limit;
}

/*
 * What the next page is: its class, and its value (NR_PAGE_PRIORITIES: it is left out). Returns for how many pages from
 * it on both hold, 0 at the end.
 */
static uint64_t look_ahead(struct selection *s, enum page_class *class, enum page_priority *value)
{
	uint64_t last, n;

	if (s->next == 0)
		memset(&s->counts, 0, sizeof(s->counts));
	if (s->next >= s->stop || !enter_range(s, &last))
		return 0;
	n = decide(s, s->next, last, class);
	*value = NR_PAGE_PRIORITIES;
	return selection_drops(s, *class) ? n : look_up_value(s, *class, n, value);
}

static void step(struct selection *s, enum page_class class, enum page_priority value, uint64_t n)
{
	s->counts.pages[class] += n;
	s->rank += value < NR_PAGE_PRIORITIES ? n : 0;
	s->next += n;
}

void selection_begin(struct selection *s, enum page_priority value)
{
	selection_rewind(s);
	s->wanted = value;
	s->run = 0;
	if (page_priority_is_set_only(value))
		s->stop = 0; /* go to its first run */
}

/* To the next run that the set has of the value; a walk over all pages has none to go to. */
static bool go_to_next(struct selection *s)
{
	struct priority_mark mark;
	uint64_t first, end;

	if (!page_priority_is_set_only(s->wanted) ||
	    !page_priorities_next(&s->values, &s->run, s->wanted, &mark, &first, &end))
		return false;
	selection_rewind(s);
	s->next = mark.block;
	s->rank = mark.rank;
	s->from = first;
	s->stop = end;
	return true;
}

int selection_next_of(struct selection *s, struct run *run, uint64_t *rank)
{
	run->count = 0;
	for (;;) {
		enum page_priority value = NR_PAGE_PRIORITIES;
		enum page_class class;
		uint64_t n = look_ahead(s, &class, &value);
		bool is_wanted = value == s->wanted && s->next >= s->from;

		/* A run ends where what comes does not follow it; that is looked at again. */
		if (run->count && (n == 0 || !is_wanted || s->next != run->first + run->count))
			return 1;
		if (n == 0 && !go_to_next(s))
			return 0;
		if (n == 0)
			continue;
		if (is_wanted && !run->count) {
			run->first = s->next;
			*rank = s->rank;
		}
		run->count += is_wanted ? n : 0;
		step(s, class, value, n);
	}
}

static uint64_t count_pages(struct selection *s, uint64_t by_priority[NR_PAGE_PRIORITIES])
{
	uint64_t pages = 0, n;
	enum page_priority value;
	enum page_class class;

	memset(by_priority, 0, NR_PAGE_PRIORITIES * sizeof(*by_priority));
	selection_rewind(s);
	while ((n = look_ahead(s, &class, &value)) != 0) {
		if (value < NR_PAGE_PRIORITIES) {
			pages += n;
			by_priority[value] += n;
		}
		step(s, class, value, n);
	}
	selection_rewind(s);
	return pages;
}

/* Whether the passes that go to their pages find as many as the walk has. */
static bool adds_up(struct selection *s, const uint64_t by_priority[NR_PAGE_PRIORITIES])
{
	const struct selection_counts counts = s->counts;
	bool same = true;
	struct run run;
	uint64_t rank;

	for (enum page_priority v = 0; v < NR_PAGE_PRIORITIES; v++) {
		uint64_t pages = 0;

		if (!page_priority_is_set_only(v))
			continue;
		selection_begin(s, v);
		while (selection_next_of(s, &run, &rank) > 0)
			pages += run.count;
		same &= pages == by_priority[v];
	}
	selection_rewind(s);
	s->counts = counts;
	return same;
}

uint64_t selection_count(struct selection *s, uint64_t by_priority[NR_PAGE_PRIORITIES])
{
	uint64_t own[NR_PAGE_PRIORITIES], pages = count_pages(s, own);

	/* A page array that is damaged may say one thing and another. Then the class alone has to do. */
	if (!adds_up(s, own)) {
		page_priorities_deinit(&s->values);
		pages = count_pages(s, own);
	}
	if (by_priority)
		memcpy(by_priority, own, sizeof(own));
	return pages;
}
