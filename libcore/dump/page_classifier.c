#include "dump/page_classifier.h"

#include <string.h>

int page_classifier_filter(struct page_classifier *c, struct kernel *kernel, unsigned level, const struct log *log,
			   struct error *e)
{
	int r = memmap_init(&c->memmap, kernel, e);

	if (r == 0)
		r = page_rules_init(&c->rules, kernel->info, log, e);
	c->level = level;
	c->filtered = r == 0;
	return r;
}

void page_classifier_deinit(struct page_classifier *c)
{
	if (c->memmap.kernel)
		memmap_deinit(&c->memmap);
	c->memmap.kernel = NULL;
	c->filtered = false;
}

bool level_drops(unsigned level, enum page_class class)
{
	switch (class) {
	case PAGE_CACHE:
		return level & (LEVEL_CACHE | LEVEL_CACHE_PRIVATE);
	case PAGE_CACHE_PRIVATE:
		return level & LEVEL_CACHE_PRIVATE;
	case PAGE_USER:
		return level & LEVEL_USER;
	case PAGE_FREE:
		return level & LEVEL_FREE;
	case PAGE_HWPOISON:
	case PAGE_OFFLINE:
		return true; /* reading one can end the capture */
	default:
		return false;
	}
}

/* Looks at the struct page of a pfn. Returns how many pages it decides about. */
static uint64_t look_at(struct page_classifier *c, uint64_t pfn)
{
	uint8_t head[MEMMAP_PAGE_MAX];
	const uint8_t *entry, *second = NULL;
	uint64_t count;
	unsigned order;
	struct error why;
	int r = memmap_get(&c->memmap, pfn, &entry, &count, &why);

	c->class = PAGE_UNKNOWN;
	c->slab = false;
	c->damaged = r < 0 ? count : 0;
	if (r <= 0)
		return count;
	if (page_is_head(&c->rules, entry) && count > 1) {
		second = entry + c->memmap.page_struct;
	} else if (page_is_head(&c->rules, entry)) {
		memcpy(head, entry, c->memmap.page_struct);
		entry = head;
		if (memmap_get(&c->memmap, pfn + 1, &second, &count, &why) <= 0)
			second = NULL;
	}
	c->damaged = !page_classify(&c->rules, pfn, entry, second, &c->class, &order);
	c->slab = c->class == PAGE_KERNEL && page_is_slab(&c->rules, entry);
	return UINT64_C(1) << order;
}

/* In a block that is kept, a single page may be broken: how many pages from pfn on are not, or are. */
static uint64_t look_for_poison(struct page_classifier *c, uint64_t pfn, uint64_t limit, enum page_class *class)
{
	uint64_t n = 0, count;
	const uint8_t *entry;
	struct error why;
	bool first = false;

	while (n < limit && memmap_get(&c->memmap, pfn + n, &entry, &count, &why) > 0) {
		for (; count && n < limit; count--, n++, entry += c->memmap.page_struct) {
			bool poisoned = page_is_poisoned(&c->rules, entry);

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

uint64_t page_classifier_next(struct page_classifier *c, uint64_t pfn, uint64_t last, enum page_class *class)
{
	uint64_t count;

	if (!c->filtered) {
		*class = PAGE_KERNEL;
		c->first = pfn;
		return last - pfn;
	}
	if (pfn >= c->end) {
		count = look_at(c, pfn);
		/* At least this page, so that the walk goes on, and no further than there are numbers. */
		if (count == 0)
			count = 1;
		c->first = pfn;
		c->end = count < UINT64_MAX - pfn ? pfn + count : UINT64_MAX;
	}
	*class = c->class;
	count = (c->end < last ? c->end : last) - pfn;
	if (c->end - c->first > 1 && c->rules.hwpoison && c->class != PAGE_UNKNOWN && !level_drops(c->level, c->class))
		count = look_for_poison(c, pfn, count, class);
	return c->memmap.changed ? 0 : count;
}

uint64_t page_classifier_get(struct page_classifier *c, uint64_t pfn, uint64_t limit, enum page_class *class)
{
	uint64_t n;

	page_classifier_rewind(c);
	n = page_classifier_next(c, pfn, pfn + limit, class);
	page_classifier_rewind(c);
	return n;
}
