#include "kern/priority_search.h"

int page_priorities_add_physical(struct priority_search *s, uint64_t paddr, uint64_t size, enum page_priority priority,
				 struct error *e)
{
	uint64_t page = s->source->page_size;

	if (size == 0 || paddr > UINT64_MAX - size - page)
		return 0;
	return page_priorities_add(s->set, paddr / page, (paddr + size - 1) / page - paddr / page + 1, priority, e);
}

const struct segment *priority_segment(const struct source *source, uint64_t vaddr)
{
	for (size_t i = 0; i < source->nr_segments; i++)
		if (vaddr - source->segments[i].vaddr < source->segments[i].size &&
		    source->segments[i].vaddr != UINT64_MAX)
			return &source->segments[i];
	return NULL;
}

/* For how many bytes from a virtual address physical memory is contiguous; 0: not mapped. */
static uint64_t reach(struct priority_search *s, uint64_t vaddr, uint64_t *paddr)
{
	const struct segment *segment = priority_segment(s->source, vaddr);
	struct error why;
	uint64_t left;

	if (segment) {
		*paddr = segment->paddr + (vaddr - segment->vaddr);
		return segment->size - (vaddr - segment->vaddr);
	}
	if (!s->kernel || kernel_translate(s->kernel, vaddr, paddr, &left, &why) < 0)
		return 0;
	return left;
}

int page_priorities_add_virtual(struct priority_search *s, uint64_t vaddr, uint64_t size, enum page_priority priority,
				struct error *e)
{
	uint64_t page = s->source->page_size;
	int r = 0;

	while (r == 0 && size) {
		uint64_t paddr, n = reach(s, vaddr, &paddr);

		if (n == 0) {
			n = page - vaddr % page;
			paddr = UINT64_MAX;
		}
		n = n < size ? n : size;
		if (paddr != UINT64_MAX)
			r = page_priorities_add_physical(s, paddr, n, priority, e);
		vaddr += n;
		size -= n;
	}
	return r;
}
