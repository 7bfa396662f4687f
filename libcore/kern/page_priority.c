#include "kern/page_priority.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Pages [first, first + count), all of one priority. */
struct priority_run {
	uint64_t first;
	uint32_t count;
	uint16_t priority;
	bool noted;
	struct priority_mark mark;
};

enum { MOST_RUNS = 16384, FIRST_ROOM = 256 };

const char *page_priority_name(enum page_priority priority)
{
	static const char names[NR_PAGE_PRIORITIES][16] = {
		[PRIORITY_CPUS] = "cpus", [PRIORITY_IMAGE] = "image",           [PRIORITY_KERNEL] = "kernel",
		[PRIORITY_SLAB] = "slab", [PRIORITY_PAGE_ARRAY] = "page-array", [PRIORITY_REST] = "rest",
	};

	return names[priority];
}

enum page_priority page_priority_of_class(enum page_class class, bool slab)
{
	if (class == PAGE_KERNEL)
		return slab ? PRIORITY_SLAB : PRIORITY_KERNEL;
	return class == PAGE_UNKNOWN ? PRIORITY_KERNEL : PRIORITY_REST;
}

/* --- the set ------------------------------------------------------------------------------------------------------ */

/* The first run that ends after pfn. */
static size_t find(const struct page_priorities *v, uint64_t pfn)
{
	size_t low = 0, high = v->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (v->runs[middle].first + v->runs[middle].count <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool page_priorities_get(const struct page_priorities *v, uint64_t pfn, uint64_t limit, enum page_priority *priority,
			 uint64_t *count)
{
	size_t i = find(v, pfn);
	bool has = i < v->nr && v->runs[i].first <= pfn;
	uint64_t n = limit;

	if (has) {
		*priority = (enum page_priority)v->runs[i].priority;
		n = v->runs[i].first + v->runs[i].count - pfn;
	} else if (i < v->nr) {
		n = v->runs[i].first - pfn;
	}
	*count = n < limit ? n : limit;
	return has;
}

void page_priorities_note(struct page_priorities *v, uint64_t pfn, struct priority_mark mark)
{
	size_t i = find(v, pfn);

	if (i == v->nr || v->runs[i].first > pfn || v->runs[i].noted)
		return;
	v->runs[i].mark = mark;
	v->runs[i].noted = true;
}

bool page_priorities_next(const struct page_priorities *v, size_t *index, enum page_priority priority,
			  struct priority_mark *mark, uint64_t *first, uint64_t *end)
{
	for (; *index < v->nr; ++*index) {
		const struct priority_run *run = &v->runs[*index];

		if (run->priority != priority || !run->noted)
			continue;
		*mark = run->mark;
		*first = run->first;
		*end = run->first + run->count;
		++*index;
		return true;
	}
	return false;
}

static int make_room(struct page_priorities *v, struct error *e)
{
	size_t room = v->room ? 2 * v->room : FIRST_ROOM;
	struct priority_run *larger;

	if (v->nr < v->room)
		return 0;
	larger = realloc(v->runs, room * sizeof(*larger));
	if (!larger)
		return error_set(e, ENOMEM, "no memory for the order of pages");
	v->runs = larger;
	v->room = room;
	return 0;
}

/* Puts a run that overlaps no other at index i, or makes the one before it longer. */
static int insert(struct page_priorities *v, size_t i, struct priority_run run, struct error *e)
{
	struct priority_run *before = i ? &v->runs[i - 1] : NULL;
	int r;

	if (before && before->priority == run.priority && before->first + before->count == run.first &&
	    run.count <= UINT32_MAX - before->count) {
		before->count += run.count;
		return 0;
	}
	if (v->nr == MOST_RUNS) {
		v->cut = true;
		return 0;
	}
	r = make_room(v, e);
	if (r < 0)
		return r;
	memmove(v->runs + i + 1, v->runs + i, (v->nr - i) * sizeof(run));
	v->runs[i] = run;
	v->nr++;
	return 0;
}

int page_priorities_add(struct page_priorities *v, uint64_t first, uint64_t count, enum page_priority priority,
			struct error *e)
{
	while (count && !v->cut) {
		enum page_priority is;
		uint64_t n;
		int r;

		if (!page_priorities_get(v, first, count < UINT32_MAX ? count : UINT32_MAX, &is, &n)) {
			r = insert(v, find(v, first),
				   (struct priority_run){
					   .first = first, .count = (uint32_t)n, .priority = (uint16_t)priority},
				   e);
			if (r < 0)
				return r;
		}
		first += n;
		count -= n;
	}
	return 0;
}

void page_priorities_deinit(struct page_priorities *v)
{
	free(v->runs);
	*v = (struct page_priorities){.runs = NULL};
}
