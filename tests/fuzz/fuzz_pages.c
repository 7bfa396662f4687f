/*
 * The page array and what leads to it. The input's first line is more VMCOREINFO (';' for newlines), whose keys come
 * before the usual ones; the rest is laid over the made-up machine's memory: mem_section, the page array, or (first
 * byte 0xff) the page tables. The walk must end, count each page once, and a dump must come of it.
 */
#include <stdlib.h>
#include <string.h>

#include "dump/page_order.h"
#include "unit/fake_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char usual[] =
	"SYMBOL(swapper_pg_dir)=ffffffff80000000\nNUMBER(phys_base)=1073741824\nNUMBER(pgtable_l5_enabled)=0\n"
	"SYMBOL(mem_section)=ffffffff80004000\nSIZE(mem_section)=16\nOFFSET(mem_section.section_mem_map)=0\n"
	"NUMBER(SECTION_SIZE_BITS)=20\nNUMBER(MAX_PHYSMEM_BITS)=31\nOSRELEASE=6.12.0\nSIZE(page)=64\n"
	"OFFSET(page.flags)=0\nOFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\nOFFSET(page.private)=40\n"
	"OFFSET(page.compound_head)=8\nOFFSET(page.lru)=8\nNUMBER(PG_lru)=4\nNUMBER(PG_private)=13\n"
	"NUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=19\nNUMBER(PG_head_mask)=65536\nNUMBER(PG_hwpoison)=22\n"
	"LENGTH(zone.free_area)=11\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\nNUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"
	"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\nSYMBOL(_stext)=ffffffff80001000\n"
	"SYMBOL(kallsyms_names)=ffffffff80002000\nSYMBOL(kallsyms_num_syms)=ffffffff80002800\n"
	"SYMBOL(kallsyms_token_table)=ffffffff80003000\nSYMBOL(kallsyms_token_index)=ffffffff80003800\n"
	"SYMBOL(kallsyms_offsets)=ffffffff80003c00\nSYMBOL(init_uts_ns)=ffffffff80001100\n";

enum { AT_ROOT = 0x4000, AT_SECTIONS = 0x5000, AT_ARRAY = 0x10000 };

static const uint64_t BASE = 0x40000000, TEXT = 0xffffffff80000000, VMEMMAP = 0xffffea0000000000;

static void build(struct fake *f, const char *info, const uint8_t *data, size_t size)
{
	uint64_t first = BASE / FAKE_PAGE * 64;

	fake_init(f, BASE);
	fake_range(f, BASE, BASE + 700 * FAKE_PAGE + 100);
	fake_range(f, BASE + 705 * FAKE_PAGE, BASE + FAKE_SIZE);
	fake_vmcoreinfo(f, info);
	fake_finish(f);
	fake_tables(f, 4, BASE);
	fake_map(f, TEXT, BASE, 21);
	for (unsigned i = 0; i < 16; i++)
		fake_map(f, VMEMMAP + first + i * FAKE_PAGE, BASE + AT_ARRAY + i * FAKE_PAGE, 12);
	put_le64(fake_at(f, BASE + AT_ROOT + 4 * 8), TEXT + AT_SECTIONS);
	for (int s = 0; s < 4; s++)
		put_le64(fake_at(f, BASE + AT_SECTIONS + (uint64_t)s * 16), VMEMMAP | 0x1f);
	if (!size)
		return;
	if (data[0] == 0xff)
		memcpy(fake_at(f, BASE), data + 1, size - 1 < 0x8000 ? size - 1 : 0x8000);
	else if (data[0] == 0xfe)
		memcpy(fake_at(f, BASE + AT_ROOT), data + 1, size - 1 < 0x2000 ? size - 1 : 0x2000);
	else /* over and over: a small input fills all of the array */
		for (size_t i = 0; i < 0x10000; i++)
			*fake_at(f, BASE + AT_ARRAY + i) = data[i % size];
}

static void walk(struct selection *s, uint64_t pages)
{
	uint64_t next = 0, sum = 0;
	struct run run;

	selection_rewind(s);
	while (selection_next(s, &run) > 0) {
		if (run.first < next || !run.count)
			abort();
		next = run.first + run.count;
	}
	for (int c = 0; c < NR_PAGE_CLASSES; c++)
		sum += s->counts.pages[c];
	if (sum != pages)
		abort();
}

/* The passes in order of priority give each page once, under the rank that the walk gives it. */
static void walk_by_priority(struct selection *s, struct kernel *kernel)
{
	static uint64_t pfns[1024];
	uint64_t by_priority[NR_PAGE_PRIORITIES], total = 0, given = 0, rank;
	struct page_order order;
	struct error e;
	struct run run;

	page_order_init(&order, s);
	if (page_order_find(&order, kernel, &e) < 0)
		return;
	selection_rewind(s);
	while (selection_next(s, &run) > 0)
		for (uint64_t i = 0; i < run.count; i++)
			pfns[total++] = run.first + i;
	if (page_order_count(&order, by_priority) != total)
		abort();
	for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++) {
		page_order_begin(&order, p);
		while (page_order_next(&order, &run, &rank) > 0)
			for (uint64_t i = 0; i < run.count; i++, given++)
				if (rank + i >= total || pfns[rank + i] != run.first + i)
					abort();
	}
	if (given != total)
		abort();
	page_order_deinit(&order);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t line = end ? (size_t)(end - data) : 0;
	char info[8192];
	struct selection s;
	struct kernel kernel;
	struct fake f;
	struct error e;

	if (line > 1024)
		return 0;
	for (size_t i = 0; i < line; i++)
		info[i] = data[i] == ';' || !data[i] ? '\n' : (char)data[i];
	info[line] = '\n';
	strcpy(info + line + 1, usual);
	if (end)
		build(&f, info, end + 1, size - line - 1);
	else
		build(&f, info, data, size);
	selection_init(&s, &f.source);
	if (kernel_init(&kernel, &f.source, &e) == 0) {
		page_classifier_filter(&s.classifier, &kernel, 31, NULL, &e);
		walk(&s, 701 + 1024 - 705);
		walk_by_priority(&s, &kernel);
	}
	selection_deinit(&s);
	kernel_deinit(&kernel);
	fake_deinit(&f);
	return 0;
}
