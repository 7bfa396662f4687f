#include "fmt/vmcoreinfo.h"
#include "kern/priority_search.h"

enum {
	MOST_IMAGE = 256 << 20, /* bytes of a kernel's image */
	MOST_ROOT = 64 << 20,   /* and of the table of memory sections */
	MOST_NODES = 1024,
	MOST_TABLES = 16384, /* limit of page tables read */
	MOST_LEVELS = 6,
};

/* --- the kernel's image ------------------------------------------------------------------------------------------- */

/* For a hypervisor's vmcore, which has no such segment: the contiguous mapping around an address in the image. */
static int follow_image(struct priority_search *s, uint64_t vaddr, struct error *e)
{
	uint64_t start = 0, size = 0;

	while (s->kernel && size < MOST_IMAGE) {
		uint64_t paddr, left;
		struct error why;

		if (kernel_translate(s->kernel, vaddr + size, &paddr, &left, &why) < 0)
			break;
		if (size == 0)
			start = paddr;
		if (paddr != start + size)
			break;
		size += left;
	}
	return page_priorities_add_physical(s, start, size, PRIORITY_IMAGE, e);
}

/* --- what readers need first ------------------------------------------------------------------------------------- */

/* The memory sections; each table is needed whole. */
static int find_sections(struct priority_search *s, struct error *e)
{
	uint64_t size, root = memmap_root(s->memmap, &size), page = s->source->page_size;
	int r = size <= MOST_ROOT ? page_priorities_add_virtual(s, root, size, PRIORITY_IMAGE, e) : 0;

	for (size_t i = 0; r == 0 && !s->memmap->flat && i < s->source->nr_ranges; i++) {
		uint64_t pfn, last, in_section = (UINT64_C(1) << s->memmap->section_bits) - 1;

		source_pfns(s->source, i, &pfn, &last);
		for (; r == 0 && pfn < last && !s->set->cut; pfn = (pfn | in_section) + 1) {
			uint64_t section = memmap_section(s->memmap, pfn);

			if (section)
				r = page_priorities_add_virtual(s, section - section % page, page, PRIORITY_IMAGE, e);
		}
	}
	return r;
}

/* The memory nodes: struct pglist_data, from the array of pointers to them. */
static int find_nodes(struct priority_search *s, struct error *e)
{
	uint64_t symbol, length, size, node;
	struct error why;
	int r = 0;

	if (!vmcoreinfo_symbol(s->kernel->info, "node_data", &symbol) ||
	    !vmcoreinfo_length(s->kernel->info, "node_data", &length) ||
	    !vmcoreinfo_size(s->kernel->info, "pglist_data", &size) || length > MOST_NODES || size > MOST_ROOT)
		return 0;
	for (uint64_t i = 0; r == 0 && i < length; i++)
		if (kernel_read_u64(s->kernel, symbol + i * 8, &node, &why) == 0 && node)
			r = page_priorities_add_virtual(s, node, size, PRIORITY_IMAGE, e);
	return r;
}

static int find_first_looks(struct priority_search *s, struct error *e)
{
	int r = s->memmap ? find_sections(s, e) : 0;

	return r < 0 || !s->kernel ? r : find_nodes(s, e);
}

static int find_image(struct priority_search *s, struct error *e)
{
	static const char *const symbols[] = {"_stext", "init_uts_ns", "swapper_pg_dir"};
	int r = 0;

	for (unsigned i = 0; r == 0 && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		const struct segment *segment;
		uint64_t vaddr;

		if (!vmcoreinfo_symbol(s->source->vmcoreinfo, symbols[i], &vaddr))
			continue;
		segment = priority_segment(s->source, vaddr);
		if (segment && segment->size <= MOST_IMAGE)
			r = page_priorities_add_physical(s, segment->paddr, segment->size, PRIORITY_IMAGE, e);
		else
			r = follow_image(s, vaddr, e);
	}
	return r < 0 ? r : find_first_looks(s, e);
}

/* --- the page array ----------------------------------------------------------------------------------------------- */

static int find_page_array(struct priority_search *s, struct error *e)
{
	int r = 0;

	for (size_t i = 0; s->memmap && r == 0 && i < s->source->nr_ranges; i++) {
		uint64_t pfn, last;

		source_pfns(s->source, i, &pfn, &last);
		while (r == 0 && pfn < last && !s->set->cut) {
			uint64_t paddr, size, count;
			struct error why;

			if (memmap_where(s->memmap, pfn, &paddr, &size, &count, &why) > 0)
				r = page_priorities_add_physical(s, paddr, size, PRIORITY_PAGE_ARRAY, e);
			pfn += count ? count : 1;
		}
	}
	return r;
}

/* --- the kernel's page tables ------------------------------------------------------------------------------------- */

/* A walk down from the top table; adds the lowest tables, whose entries are pages, without reading them. */
struct table_walk {
	struct priority_search *search;
	unsigned left;  /* tables that may still be entered: some (KASAN's shadow) recur thousands of times */
	unsigned depth; /* of the table that is being read; 0: the top */
	uint64_t table[MOST_LEVELS]; /* physical */
	unsigned next[MOST_LEVELS];  /* the entry to look at */
};

static unsigned shift_of(const struct paging *p, unsigned depth)
{
	return p->page_shift + (p->levels - 1 - depth) * (p->page_shift - 3);
}

/* The next entry of the table; false at its end, or if it cannot be read. */
static bool next_entry(struct table_walk *w, uint64_t *entry)
{
	struct kernel *k = w->search->kernel;
	unsigned number = w->next[w->depth]++;
	uint8_t bytes[8];
	struct error why;

	if (number >= k->source->page_size / 8 ||
	    view_read(&k->view, w->table[w->depth] + number * UINT64_C(8), bytes, sizeof(bytes), &why) < 0)
		return false;
	*entry = get_le64(bytes);
	return true;
}

static bool in_memory(const struct source *source, uint64_t paddr)
{
	const struct phys_range *range = source_range(source, paddr);

	return range && range->start <= paddr;
}

static int walk_tables(struct table_walk *w, struct error *e)
{
	const struct paging *p = &w->search->kernel->paging;
	uint64_t entry, address;
	int r = 0;

	while (r == 0 && w->left && !w->search->set->cut) {
		if (!next_entry(w, &entry)) {
			if (w->depth-- == 0)
				break;
			continue;
		}
		if (p->decode(p, entry, shift_of(p, w->depth), &address) != PAGING_TABLE ||
		    !in_memory(w->search->source, address))
			continue;
		w->left--;
		r = page_priorities_add_physical(w->search, address, w->search->source->page_size, PRIORITY_IMAGE, e);
		if (w->depth + 2 < p->levels) {
			w->depth++;
			w->table[w->depth] = address;
			w->next[w->depth] = 0;
		}
	}
	return r;
}

static int find_tables(struct priority_search *s, struct error *e)
{
	struct table_walk w = {.search = s, .left = MOST_TABLES};
	int r;

	if (!s->kernel || s->kernel->paging.levels < 2 || s->kernel->paging.levels > MOST_LEVELS)
		return 0;
	w.table[0] = s->kernel->paging.root;
	r = page_priorities_add_physical(s, w.table[0], s->source->page_size, PRIORITY_IMAGE, e);
	return r < 0 ? r : walk_tables(&w, e);
}

/* ------------------------------------------------------------------------------------------------------------------ */

int page_priorities_find(struct page_priorities *set, const struct source *source, struct kernel *kernel,
			 struct memmap *memmap, struct error *e)
{
	struct priority_search search = {.set = set, .source = source, .kernel = kernel, .memmap = memmap};
	uint64_t text;
	int r;

	if (vmcoreinfo_symbol(source->vmcoreinfo, "_stext", &text))
		search.image = priority_segment(source, text);
	r = priority_find_cpus(&search, e);
	if (r == 0)
		r = find_image(&search, e);
	if (r == 0)
		r = find_page_array(&search, e);
	return r < 0 ? r : find_tables(&search, e);
}
