#include "base/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void view_init(struct view *view, struct source *source, size_t capacity)
{
	size_t page = source->page_size;

	*view = (struct view){.source = source, .capacity = (capacity + page - 1) / page * page};
}

void view_deinit(struct view *view)
{
	if (view->map)
		view->source->ops->drop(view->source, view);
	free(view->buffer);
	free(view->page);
	*view = (struct view){.source = NULL};
}

const struct phys_range *source_range(const struct source *source, uint64_t paddr)
{
	size_t low = 0, high = source->nr_ranges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (source->ranges[middle].end <= paddr)
			low = middle + 1;
		else
			high = middle;
	}
	return low < source->nr_ranges ? &source->ranges[low] : NULL;
}

uint64_t source_max_pfn(const struct source *source)
{
	if (!source->nr_ranges)
		return 0;
	return (source->ranges[source->nr_ranges - 1].end - 1) / source->page_size + 1;
}

void source_pfns(const struct source *source, size_t index, uint64_t *first, uint64_t *last)
{
	const struct phys_range *range = &source->ranges[index];
	uint64_t shared = index ? (range[-1].end - 1) / source->page_size + 1 : 0;

	*first = range->start / source->page_size;
	if (*first < shared)
		*first = shared;
	*last = (range->end - 1) / source->page_size + 1;
	if (*last < *first)
		*last = *first;
}

ssize_t view_get(struct view *view, uint64_t paddr, size_t want, const uint8_t **data, struct error *e)
{
	const struct phys_range *range;
	uint64_t left;
	int r;

	if (!view->data || paddr < view->start || paddr - view->start >= view->size) {
		range = source_range(view->source, paddr);
		if (!range || paddr < range->start)
			return 0;
		view->data = NULL;
		r = view->source->ops->fill(view->source, view, paddr, want, e);
		if (r < 0) {
			view->source->unread = true;
			return r;
		}
	}
	left = view->size - (paddr - view->start);
	*data = view->data + (paddr - view->start);
	return (ssize_t)(left < want ? left : want);
}

int view_read(struct view *view, uint64_t paddr, void *buffer, size_t size, struct error *e)
{
	uint8_t *out = buffer;

	while (size) {
		const uint8_t *data;
		ssize_t n = view_get(view, paddr, size, &data, e);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return error_set(e, ENXIO, "physical address %#llx is not in the dump",
					 (unsigned long long)paddr);
		memcpy(out, data, (size_t)n);
		out += n;
		paddr += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

/* A page that is in no single window: copied from its parts, with zeros outside of ranges. */
static int assemble_page(struct view *view, uint64_t paddr, struct error *e)
{
	size_t size = view->source->page_size, done = 0;

	if (!view->page)
		view->page = malloc(size);
	if (!view->page)
		return error_set(e, ENOMEM, "no memory for a page");
	memset(view->page, 0, size);
	while (done < size) {
		const struct phys_range *range = source_range(view->source, paddr + done);
		const uint8_t *data;
		ssize_t n;

		if (!range || range->start >= paddr + size)
			break;
		if (range->start > paddr + done)
			done = range->start - paddr;
		n = view_get(view, paddr + done, size - done, &data, e);
		if (n < 0)
			return (int)n;
		memcpy(view->page + done, data, (size_t)n);
		done += (size_t)n;
	}
	return 0;
}

int view_page(struct view *view, uint64_t pfn, const uint8_t **data, struct error *e)
{
	size_t size = view->source->page_size;
	uint64_t paddr = pfn * size;
	ssize_t n = view_get(view, paddr, size, data, e);
	int r;

	if (n == (ssize_t)size)
		return 0;
	if (n < 0)
		return (int)n;
	r = assemble_page(view, paddr, e);
	*data = view->page;
	return r;
}
