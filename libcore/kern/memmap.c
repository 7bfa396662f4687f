#include "kern/memmap.h"

#include <errno.h>

#include "fmt/elf.h"
#include "fmt/vmcoreinfo.h"

enum {
	WINDOW = 4 << 20, /* of the page array: enough for 256 MiB of memory with 4 KiB pages */
	SAMPLES = 32,     /* ranges of memory used to test a root */
};

/* Flags in the low bits of section_mem_map; the array's address is page-aligned. */
enum { SECTION_PRESENT = 1 << 0, SECTION_FLAGS = 0xfff };

/* --- SPARSEMEM ---------------------------------------------------------------------------------------------------- */

/* Where a section's struct mem_section is; 0: its root is missing. */
static int find_section(struct memmap *m, uint64_t section, uint64_t *vaddr, struct error *e)
{
	uint64_t root = 0;
	int r;

	*vaddr = m->root + section * m->section_size;
	if (!m->extreme)
		return 0;
	r = kernel_read_u64(m->kernel, m->root + section / m->sections_per_root * 8, &root, e);
	*vaddr = root ? root + section % m->sections_per_root * m->section_size : 0;
	return r;
}

/* Sets section and section_base. */
static int look_up_section(struct memmap *m, uint64_t section, struct error *e)
{
	uint64_t vaddr, map = 0;
	int r;

	m->section = section;
	m->section_base = 0;
	if (section >= m->nr_sections)
		return 0;
	r = find_section(m, section, &vaddr, e);
	if (r == 0 && vaddr)
		r = kernel_read_u64(m->kernel, vaddr + m->section_map, &map, e);
	if (r < 0)
		return error_context(e, "memory section %llu", (unsigned long long)section);
	if (map & SECTION_PRESENT)
		m->section_base = map & ~(uint64_t)SECTION_FLAGS;
	return 0;
}

/* For how many of the first ranges of memory a root leads to a readable array. */
static unsigned try_root(struct memmap *m, uint64_t root)
{
	const struct source *source = m->kernel->source;
	unsigned good = 0;
	struct error why;

	m->root = root;
	for (size_t i = 0; i < source->nr_ranges && i < SAMPLES; i++) {
		uint64_t first, last, paddr, left;

		source_pfns(source, i, &first, &last);
		if (look_up_section(m, first >> m->section_bits, &why) < 0 || !m->section_base)
			continue;
		good += kernel_translate(m->kernel, m->section_base + first * m->page_struct, &paddr, &left, &why) == 0;
	}
	m->section = UINT64_MAX;
	return good;
}

/*
 * The root array, or a pointer to it: since 4.15 (kernel commit 83e3c48729d9, "mm/sparsemem: Allocate mem_section at
 * runtime") it is allocated, and VMCOREINFO's symbol is that of a pointer. Nothing says which: use the one that works.
 */
static int choose_root(struct memmap *m, uint64_t symbol, struct error *e)
{
	unsigned direct = try_root(m, symbol), by_pointer = 0;
	uint64_t pointer = 0;
	struct error why;

	if (kernel_read_u64(m->kernel, symbol, &pointer, &why) == 0 && pointer)
		by_pointer = try_root(m, pointer);
	if (!direct && !by_pointer)
		return error_set(e, EILSEQ, "mem_section leads to no page array");
	m->root = by_pointer >= direct ? pointer : symbol;
	return 0;
}

/* What VMCOREINFO lacks on older kernels: arch/{x86,arm64}/include/asm/sparsemem.h. */
static void default_bits(const struct kernel *k, int64_t *section_bits, int64_t *physmem_bits)
{
	unsigned page_size = k->source->page_size;

	if (k->source->machine == ELF_MACHINE_X86_64) {
		*section_bits = 27;
		*physmem_bits = k->paging.levels == 5 ? 52 : 46;
	} else {
		*section_bits = page_size == 65536 ? 29 : 27;
		*physmem_bits = k->paging.wide ? 52 : 48;
	}
}

static int init_sparse(struct memmap *m, uint64_t symbol, struct error *e)
{
	struct kernel *k = m->kernel;
	int64_t section_bits, physmem_bits;
	uint64_t length = 0;

	default_bits(k, &section_bits, &physmem_bits);
	vmcoreinfo_number(k->info, "SECTION_SIZE_BITS", &section_bits);
	vmcoreinfo_number(k->info, "MAX_PHYSMEM_BITS", &physmem_bits);
	if (!vmcoreinfo_size(k->info, "mem_section", &m->section_size) ||
	    !vmcoreinfo_offset(k->info, "mem_section.section_mem_map", &m->section_map))
		return error_set(e, ENODATA, "VMCOREINFO lacks the layout of mem_section");
	if (section_bits <= m->page_shift || physmem_bits <= section_bits || physmem_bits > 56 || m->section_size < 8 ||
	    m->section_size > k->source->page_size || m->section_map > m->section_size - 8)
		return error_set(e, ENODATA, "VMCOREINFO's sections are impossible: 2^%lld bytes of 2^%lld",
				 (long long)section_bits, (long long)physmem_bits);
	m->section_bits = (unsigned)section_bits - m->page_shift;
	m->nr_sections = UINT64_C(1) << (physmem_bits - section_bits);
	m->sections_per_root = k->source->page_size / m->section_size;
	m->extreme = !vmcoreinfo_length(k->info, "mem_section", &length) ||
		     length == (m->nr_sections + m->sections_per_root - 1) / m->sections_per_root;
	return choose_root(m, symbol, e);
}

/* --- FLATMEM ------------------------------------------------------------------------------------------------------ */

static int init_flat(struct memmap *m, uint64_t symbol, struct error *e)
{
	uint64_t start = 0;
	int r = kernel_read_u64(m->kernel, symbol, &m->mem_map, e);

	/* ARCH_PFN_OFFSET: where memory starts; 0 on x86. */
	if (m->kernel->source->machine != ELF_MACHINE_X86_64)
		paging_phys_base(m->kernel->source, &start);
	m->flat = true;
	m->first_pfn = start >> m->page_shift;
	return r < 0 ? error_context(e, "mem_map") : 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

int memmap_init(struct memmap *m, struct kernel *kernel, struct error *e)
{
	uint64_t symbol, size;

	*m = (struct memmap){.kernel = kernel, .section = UINT64_MAX};
	view_init(&m->view, kernel->source, WINDOW);
	m->page_shift = (unsigned)__builtin_ctz(kernel->source->page_size);
	if (!vmcoreinfo_size(kernel->info, "page", &size) || size < 32 || size > MEMMAP_PAGE_MAX || size % 8)
		return error_set(e, ENODATA, "VMCOREINFO does not tell the size of struct page");
	m->page_struct = (size_t)size;
	if (vmcoreinfo_symbol(kernel->info, "mem_section", &symbol))
		return init_sparse(m, symbol, e);
	if (vmcoreinfo_symbol(kernel->info, "mem_map", &symbol))
		return init_flat(m, symbol, e);
	return error_set(e, ENODATA, "VMCOREINFO names neither mem_section nor mem_map");
}

void memmap_deinit(struct memmap *m)
{
	view_deinit(&m->view);
}

/* The address of a pfn's entry, and how many more follow it in the same array; 0 with *vaddr 0: there is none. */
static int locate(struct memmap *m, uint64_t pfn, uint64_t *vaddr, uint64_t *more, struct error *e)
{
	uint64_t section = pfn >> m->section_bits;
	int r = 0;

	*vaddr = 0;
	if (m->flat) {
		*more = UINT64_MAX - pfn;
		if (pfn < m->first_pfn)
			*more = m->first_pfn - pfn;
		else
			*vaddr = m->mem_map + (pfn - m->first_pfn) * m->page_struct;
		return 0;
	}
	if (section != m->section)
		r = look_up_section(m, section, e);
	if (r == 0 && m->section_base)
		*vaddr = m->section_base + pfn * m->page_struct;
	*more = ((section + 1) << m->section_bits) - pfn;
	return r;
}

uint64_t memmap_root(const struct memmap *m, uint64_t *size)
{
	uint64_t roots = m->extreme ? (m->nr_sections + m->sections_per_root - 1) / m->sections_per_root : 0;

	*size = m->flat ? 0 : m->extreme ? roots * 8 : m->nr_sections * m->section_size;
	return m->root;
}

uint64_t memmap_section(struct memmap *m, uint64_t pfn)
{
	uint64_t vaddr, section = m->flat ? 0 : pfn >> m->section_bits;
	struct error why;

	if (m->flat || section >= m->nr_sections || find_section(m, section, &vaddr, &why) < 0)
		return 0;
	return vaddr;
}

int memmap_where(struct memmap *m, uint64_t pfn, uint64_t *paddr, uint64_t *size, uint64_t *count, struct error *e)
{
	uint64_t vaddr, left;
	int r = locate(m, pfn, &vaddr, count, e);

	if (r < 0 || !vaddr)
		return r;
	r = kernel_translate(m->kernel, vaddr, paddr, &left, e);
	if (r < 0)
		left = m->kernel->source->page_size - vaddr % m->kernel->source->page_size;
	/* An entry that crosses the end of this translation belongs to both sides. */
	if (left / m->page_struct + 1 < *count)
		*count = left / m->page_struct + 1;
	*size = *count * m->page_struct < left ? *count * m->page_struct : left;
	return r < 0 ? r : 1;
}

static int fill_window(struct memmap *m, uint64_t pfn, uint64_t *count, struct error *e)
{
	uint64_t vaddr, paddr, left, page = m->kernel->source->page_size;
	ssize_t n = 0;
	int r = locate(m, pfn, &vaddr, count, e);

	m->first = m->last = 0;
	if (r < 0 || !vaddr)
		return r;
	r = kernel_translate(m->kernel, vaddr, &paddr, &left, e);
	if (r == 0) {
		/* One bad page must not take a window along; nor must it matter where the window began. */
		n = view_get(&m->view, paddr, left < page - paddr % page ? (size_t)left : page - paddr % page,
			     &m->entries, e);
		if (n > 0)
			n = view_get(&m->view, paddr, left < WINDOW ? (size_t)left : WINDOW, &m->entries, e);
		r = n < 0   ? (int)n
		    : n > 0 ? 1
			    : error_set(e, ENXIO, "the page array of pfn %#llx is not in the dump",
					(unsigned long long)pfn);
	}
	if (r < 0) {
		n = (ssize_t)((page - vaddr % page + m->page_struct - 1) / m->page_struct);
		*count = *count < (uint64_t)n ? *count : (uint64_t)n;
		return r;
	}
	m->first = pfn;
	m->last = pfn + ((uint64_t)n / m->page_struct < *count ? (uint64_t)n / m->page_struct : *count);
	if (m->last > pfn)
		return 1;
	*count = 1;
	r = kernel_read(m->kernel, vaddr, m->single, m->page_struct, e);
	m->entries = m->single;
	m->last = r < 0 ? 0 : pfn + 1;
	return r < 0 ? r : 1;
}

static void note_unread(struct memmap *m, uint64_t pfn, uint64_t count)
{
	unsigned n = m->nr_unread;

	if (m->frozen) {
		m->changed = true;
	} else if (n && m->unread[n - 1].end == pfn) {
		m->unread[n - 1].end += count;
	} else if (n == MEMMAP_UNREAD) {
		m->unread[n - 1].end = UINT64_MAX;
	} else {
		m->unread[n].first = pfn;
		m->unread[n].end = pfn + count;
		m->nr_unread++;
	}
}

int memmap_fill_window(struct memmap *m, uint64_t pfn, uint64_t *count, struct error *e)
{
	uint64_t limit = UINT64_MAX;
	int r;

	for (unsigned i = 0; i < m->nr_unread; i++) {
		if (pfn >= m->unread[i].first && pfn < m->unread[i].end) {
			*count = m->unread[i].end - pfn;
			return error_set(e, EIO, "the page array of pfn %#llx could not be read",
					 (unsigned long long)pfn);
		}
		if (pfn < m->unread[i].first && m->unread[i].first < limit)
			limit = m->unread[i].first;
	}
	m->kernel->source->unread = false;
	r = fill_window(m, pfn, count, e);
	if (m->last > limit)
		m->last = limit;
	if (r < 0 && m->kernel->source->unread)
		note_unread(m, pfn, *count);
	return r;
}
