#include "kern/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/vmcoreinfo.h"
#include "kern/value_find.h"

/* Pages [first, first + count), all of one value. */
struct value_run {
	uint64_t first;
	uint32_t count;
	uint16_t value;
	bool noted;
	struct value_mark mark;
};

enum { MOST_RUNS = 16384, FIRST_ROOM = 256 };

const char *page_value_name(enum page_value value)
{
	static const char names[NR_PAGE_VALUES][16] = {
		[VALUE_CPUS] = "cpus", [VALUE_IMAGE] = "image",           [VALUE_KERNEL] = "kernel",
		[VALUE_SLAB] = "slab", [VALUE_PAGE_ARRAY] = "page-array", [VALUE_REST] = "rest",
	};

	return names[value];
}

enum page_value page_value_of_class(enum page_class class, bool slab)
{
	if (class == PAGE_KERNEL)
		return slab ? VALUE_SLAB : VALUE_KERNEL;
	return class == PAGE_UNKNOWN ? VALUE_KERNEL : VALUE_REST;
}

/* --- the set ------------------------------------------------------------------------------------------------------ */

/* The first run that ends behind pfn. */
static size_t find(const struct page_values *v, uint64_t pfn)
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

bool page_values_get(const struct page_values *v, uint64_t pfn, uint64_t limit, enum page_value *value, uint64_t *count)
{
	size_t i = find(v, pfn);
	bool has = i < v->nr && v->runs[i].first <= pfn;
	uint64_t n = limit;

	if (has) {
		*value = (enum page_value)v->runs[i].value;
		n = v->runs[i].first + v->runs[i].count - pfn;
	} else if (i < v->nr) {
		n = v->runs[i].first - pfn;
	}
	*count = n < limit ? n : limit;
	return has;
}

void page_values_note(struct page_values *v, uint64_t pfn, struct value_mark mark)
{
	size_t i = find(v, pfn);

	if (i == v->nr || v->runs[i].first > pfn || v->runs[i].noted)
		return;
	v->runs[i].mark = mark;
	v->runs[i].noted = true;
}

bool page_values_next(const struct page_values *v, size_t *index, enum page_value value, struct value_mark *mark,
		      uint64_t *first, uint64_t *end)
{
	for (; *index < v->nr; ++*index) {
		const struct value_run *run = &v->runs[*index];

		if (run->value != value || !run->noted)
			continue;
		*mark = run->mark;
		*first = run->first;
		*end = run->first + run->count;
		++*index;
		return true;
	}
	return false;
}

static int make_room(struct page_values *v, struct error *e)
{
	size_t room = v->room ? 2 * v->room : FIRST_ROOM;
	struct value_run *larger;

	if (v->nr < v->room)
		return 0;
	larger = realloc(v->runs, room * sizeof(*larger));
	if (!larger)
		return error_set(e, ENOMEM, "no memory for the order of pages");
	v->runs = larger;
	v->room = room;
	return 0;
}

/* Puts a run that overlaps no other at place i, or makes the one before it longer. */
static int insert(struct page_values *v, size_t i, struct value_run run, struct error *e)
{
	struct value_run *before = i ? &v->runs[i - 1] : NULL;
	int r;

	if (before && before->value == run.value && before->first + before->count == run.first &&
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

int page_values_add(struct page_values *v, uint64_t first, uint64_t count, enum page_value value, struct error *e)
{
	while (count && !v->cut) {
		enum page_value is;
		uint64_t n;
		int r;

		if (!page_values_get(v, first, count < UINT32_MAX ? count : UINT32_MAX, &is, &n)) {
			r = insert(v, find(v, first),
				   (struct value_run){.first = first, .count = (uint32_t)n, .value = (uint16_t)value},
				   e);
			if (r < 0)
				return r;
		}
		first += n;
		count -= n;
	}
	return 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

int page_values_init(struct page_values *v, const struct source *source, struct kernel *kernel, struct memmap *memmap,
		     struct error *e)
{
	struct value_search search = {.values = v, .source = source, .kernel = kernel, .memmap = memmap};
	uint64_t text;
	int r;

	*v = (struct page_values){.runs = NULL};
	if (vmcoreinfo_symbol(source->vmcoreinfo, "_stext", &text))
		search.image = value_segment(source, text);
	r = value_find_cpus(&search, e);
	if (r == 0)
		r = value_find_image(&search, e);
	if (r == 0)
		r = value_find_page_array(&search, e);
	if (r == 0)
		r = value_find_tables(&search, e);
	return r;
}

void page_values_deinit(struct page_values *v)
{
	free(v->runs);
	*v = (struct page_values){.runs = NULL};
}
