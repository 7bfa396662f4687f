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
		return last - pfn;
	}
	if (pfn >= s->decided) {
		count = look_at(s, pfn, &s->class);
		/* At least this page, and no further than there are numbers: the walk must go on. */
		if (count == 0)
			count = 1;
		s->decided = count < UINT64_MAX - pfn ? pfn + count : UINT64_MAX;
		s->block = count > 1;
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
