/* Page classes for each generation of kernels, the memory models, and the selection, from a few lines of text each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/selection.h"
#include "fmt/elf.h"
#include "unit/fake_machine.h"
#include "unit/test.h"

static const uint64_t BASE = 0x40000000;
static const uint64_t TEXT = 0xffffffff80000000;
static const uint64_t VMEMMAP = 0xffffea0000000000;

/* --- kernels ------------------------------------------------------------------------------------------------------ */

enum {
	PAGE_STRUCT = 64,
	AT_FLAGS = 0,
	AT_COMPOUND = 8,
	AT_MAPPING = 24,
	AT_PRIVATE = 40,
	AT_MAPCOUNT = 48,
	FREE_HUGE_PAGE = 0x1234,
};

#define OLD                                                                                                            \
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\nOFFSET(page.lru)="   \
	"8\n"                                                                                                          \
	"OFFSET(page.private)=40\nNUMBER(PG_lru)=4\nNUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\n"                  \
	"NUMBER(PG_swapbacked)=19\nNUMBER(PG_head_mask)=65536\nNUMBER(PG_hwpoison)=22\nLENGTH(zone.free_area)=11\n"
#define COMMON                                                                                                         \
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\n"                    \
	"OFFSET(page.private)=40\nOFFSET(page.compound_head)=8\nOFFSET(page.lru)=8\nNUMBER(PG_lru)=4\n"                \
	"NUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=19\nNUMBER(PG_head_mask)=65536\n"       \
	"NUMBER(PG_hwpoison)=22\nLENGTH(zone.free_area)=11\n"

/* One generation: its VMCOREINFO, how it writes an order and a huge page, and its page types. */
static const struct generation {
	const char *name, *info;
	enum { FLAGS, U8, U16, LRU } order;
	enum { TYPE, FLAG, DTOR8, DTOR16, POINTER, NEVER } hugetlb;
	uint32_t buddy, offline, slab; /* as _mapcount; slab 0: by flag 9 */
} generations[] = {
	{"6.12",
	 "OSRELEASE=6.12.1\n" COMMON "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
	 "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\nNUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"
	 "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\nNUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=4143972352\n",
	 FLAGS, TYPE, 0xf0123456, 0xf1000001, 0xf5000000},
	{"7.1, compound_info",
	 "OSRELEASE=7.1.0\nSIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\n"
	 "OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOFFSET(page.compound_info)=8\nNUMBER(PG_lru)=4\n"
	 "NUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=19\nNUMBER(PG_head_mask)=65536\n"
	 "NUMBER(PG_hwpoison)=22\nLENGTH(zone.free_area)=11\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=4026531840\n"
	 "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=4043309056\nNUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=4093640704\n",
	 FLAGS, TYPE, 0xf0000000, 0xf1000000, 0xf5000000},
	{"6.9",
	 "OSRELEASE=6.9.1\n" COMMON "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
	 "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\nNUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-2049\n",
	 FLAGS, TYPE, 0xffffff7f, 0xfffffeff, 0},
	{"6.6",
	 "OSRELEASE=6.6.1\n" COMMON "NUMBER(PG_slab)=9\nNUMBER(PG_hugetlb)=8\n"
	 "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\nNUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n",
	 FLAGS, FLAG, 0xffffff7f, 0xfffffeff, 0},
	{"6.6 without hugetlb",
	 "OSRELEASE=6.6.1\n" COMMON "NUMBER(PG_slab)=9\n"
	 "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\nNUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n",
	 FLAGS, NEVER, 0xffffff7f, 0xfffffeff, 0},
	{"6.3",
	 "OSRELEASE=6.3.1\n" COMMON "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
	 "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\nNUMBER(HUGETLB_PAGE_DTOR)=2\nOFFSET(folio._folio_order)=81\n"
	 "OFFSET(folio._folio_dtor)=80\n",
	 U8, DTOR8, 0xffffff7f, 0xfffffeff, 0},
	{"5.10",
	 "OSRELEASE=5.10.0\n" COMMON "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
	 "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\nNUMBER(HUGETLB_PAGE_DTOR)=2\nOFFSET(page.compound_order)=17\n"
	 "OFFSET(page.compound_dtor)=16\n",
	 U8, DTOR8, 0xffffff7f, 0xfffffeff, 0},
	{"4.9",
	 "OSRELEASE=4.9.0\n" COMMON "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-128\n"
	 "NUMBER(HUGETLB_PAGE_DTOR)=2\nOFFSET(page.compound_order)=18\nOFFSET(page.compound_dtor)=16\n",
	 U16, DTOR16, 0xffffff80, 0, 0},
	{"4.3",
	 "OSRELEASE=4.3.0\n" OLD "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-128\n"
	 "SYMBOL(free_huge_page)=1234\n",
	 LRU, POINTER, 0xffffff80, 0, 0},
};

/* Writes what one word says into an array of struct page at index i. */
static void set_word(const struct generation *g, uint8_t *array, unsigned i, const char *word)
{
	uint8_t *page = array + i * PAGE_STRUCT, *second = page + PAGE_STRUCT;
	uint64_t flags = get_le64(page + AT_FLAGS);
	unsigned order = strncmp(word, "order=", 6) == 0 ? (unsigned)atoi(word + 6) : 0;

	if (strcmp(word, "lru") == 0)
		flags |= 1 << 4;
	else if (strcmp(word, "private") == 0)
		flags |= 1 << 13;
	else if (strcmp(word, "swapcache") == 0)
		flags |= 1 << 10;
	else if (strcmp(word, "swapbacked") == 0)
		flags |= 1 << 19;
	else if (strcmp(word, "poison") == 0)
		flags |= 1 << 22;
	else if (strcmp(word, "head") == 0)
		flags |= 1 << 16;
	else if (strcmp(word, "anon") == 0)
		put_le64(page + AT_MAPPING, 0xffff888012345601);
	else if (strcmp(word, "file") == 0)
		put_le64(page + AT_MAPPING, 0xffff888012345600);
	else if (strcmp(word, "tail") == 0 && g->order == LRU)
		return; /* a flag of its own, which VMCOREINFO does not tell */
	else if (strcmp(word, "tail") == 0)
		put_le64(page + AT_COMPOUND, 0xffffea0000000001);
	else if (strcmp(word, "buddy") == 0)
		put_le32(page + AT_MAPCOUNT, g->buddy);
	else if (strcmp(word, "offline") == 0)
		put_le32(page + AT_MAPCOUNT, g->offline);
	else if (strcmp(word, "slab") == 0 && g->slab)
		put_le32(page + AT_MAPCOUNT, g->slab);
	else if (strcmp(word, "slab") == 0)
		flags |= 1 << 9;
	else if (strncmp(word, "free=", 5) == 0)
		put_le64(page + AT_PRIVATE, (uint64_t)atoi(word + 5));
	else if (strcmp(word, "mapped") == 0)
		put_le32(page + AT_MAPCOUNT, 3);
	else if (order && g->order == FLAGS)
		second[AT_FLAGS] = (uint8_t)order;
	else if (order && g->order == U8)
		second[17] = (uint8_t)order;
	else if (order && g->order == U16)
		put_le16(second + 18, (uint16_t)order);
	else if (order)
		put_le64(second + 16, order);
	else if (strcmp(word, "hugetlb") == 0 && g->hugetlb == TYPE)
		put_le32(page + AT_MAPCOUNT, strstr(g->info, "-2049") ? 0xfffff7ff : 0xf4000000);
	else if (strcmp(word, "hugetlb") == 0 && g->hugetlb == FLAG)
		second[AT_FLAGS + 1] |= 1;
	else if (strcmp(word, "hugetlb") == 0 && g->hugetlb == DTOR8)
		second[16] = 2;
	else if (strcmp(word, "hugetlb") == 0 && g->hugetlb == DTOR16)
		put_le16(second + 16, 2);
	else if (strcmp(word, "hugetlb") == 0 && g->hugetlb == POINTER)
		put_le64(second + 8, FREE_HUGE_PAGE);
	put_le64(page + AT_FLAGS, flags);
}

/* A text of pages: "0: lru file; 4: head order=2". Every other page is one of the kernel's, mapcount -1. */
static void set_pages(const struct generation *g, uint8_t *array, const char *text)
{
	char copy[1024], *save, *save_word;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *part = strtok_r(copy, ";", &save); part; part = strtok_r(NULL, ";", &save)) {
		char *word = strtok_r(part, " :", &save_word);
		unsigned i = (unsigned)atoi(word);

		while ((word = strtok_r(NULL, " :", &save_word)))
			set_word(g, array, i, word);
	}
}

static void clear_pages(uint8_t *array, size_t count)
{
	memset(array, 0, count * PAGE_STRUCT);
	for (size_t i = 0; i < count; i++)
		put_le32(array + i * PAGE_STRUCT + AT_MAPCOUNT, 0xffffffff);
}

static const char letters[NR_PAGE_CLASSES + 1] = "K?CPUFHO";

/* The classes of pages 0 to count - 1 as letters, walking by blocks; '!' in front of what is impossible. */
static const char *classify(const struct page_rules *r, const uint8_t *array, unsigned count, char *out)
{
	size_t used = 0;

	for (unsigned i = 0; i < count;) {
		const uint8_t *entry = array + i * PAGE_STRUCT;
		enum page_class class;
		unsigned order;

		if (!page_classify(r, i, entry, entry + PAGE_STRUCT, &class, &order))
			out[used++] = '!';
		for (unsigned n = 0; n < 1u << order && i < count; n++, i++)
			out[used++] = letters[class];
	}
	out[used] = 0;
	return out;
}

/* The same pages on every generation: what it is, and what must come out. */
static void each_generation(struct test *t)
{
	static const struct {
		const char *pages, *classes;
	} cases[] = {
		{"0: lru file; 1: lru file private; 2: lru anon; 3: anon; 4: swapcache; 5: swapcache swapbacked",
		 "CPUUKCKK"},
		{"0: buddy free=2; 4: slab anon; 5: slab lru; 6: mapped; 7: poison", "FFFFKKKH"},
		{"0: head lru anon order=2; 1: tail; 2: tail; 3: tail; 4: lru file; 5: tail", "UUUUCKKK"},
		{"0: head lru file order=2; 1: tail; 2: tail; 3: tail; 4: head slab order=1; 5: tail", "CCCCKKKK"},
		{"0: buddy free=11; 2: buddy free=2; 1: buddy free=0; 4: head lru file order=40", "!?F!?K!?KKK"},
		{"4: head lru file order=3; 5: tail; 6: tail; 7: tail", "KKKK!?KKK"},
		{"0: head hugetlb order=2; 1: tail; 2: tail; 3: tail", "UUUUKKKK"},
		{"0: head hugetlb poison order=2; 1: tail", "HHHHKKKK"},
		{"0: offline; 1: offline lru", "OOKKKKKK"},
		{"0: buddy free=99; 1: lru anon file", "!?CKKKKKK"},
	};
	static uint8_t array[16 * PAGE_STRUCT];
	char out[64];

	for (size_t g = 0; g < sizeof(generations) / sizeof(generations[0]); g++) {
		const struct generation *gen = &generations[g];
		struct page_rules rules;
		struct error e = {.text = ""};

		CHECK_INT(t, page_rules_init(&rules, span_of(gen->info, strlen(gen->info)), NULL, &e), 0);
		for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
			bool hugetlb = strstr(cases[c].pages, "hugetlb") != NULL;

			if ((hugetlb && gen->hugetlb == NEVER) || (strstr(cases[c].pages, "offline") && !gen->offline))
				continue;
			clear_pages(array, 16);
			set_pages(gen, array, cases[c].pages);
			if (strcmp(classify(&rules, array, 8, out), cases[c].classes) != 0)
				printf("generation %s, pages \"%s\":\n", gen->name, cases[c].pages);
			CHECK_STR(t, out, cases[c].classes);
		}
	}
}

/* Memory that was not yet accepted from the hypervisor is free, in blocks of the largest order (6.16 and later). */
static void unaccepted(struct test *t)
{
	static uint8_t array[2048 * PAGE_STRUCT];
	struct page_rules rules;
	enum page_class class;
	unsigned order;
	struct error e;

	clear_pages(array, 2048);
	put_le32(array + 1024 * PAGE_STRUCT + AT_MAPCOUNT, 0xf7000000);
	CHECK_INT(t, page_rules_init(&rules, span_of(generations[0].info, strlen(generations[0].info)), NULL, &e), 0);
	CHECK(t, page_classify(&rules, 1024, array + 1024 * PAGE_STRUCT, NULL, &class, &order));
	CHECK_INT(t, class, PAGE_FREE);
	CHECK_INT(t, order, 10);
}

/* What VMCOREINFO does not tell is kept. */
static void missing_keys(struct test *t)
{
	static const char bare[] = "SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\n"
				   "OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOSRELEASE=5.10.0\n";
	static uint8_t array[16 * PAGE_STRUCT];
	struct page_rules rules;
	char out[64];
	struct error e;

	CHECK_INT(t, page_rules_init(&rules, span_of(bare, sizeof(bare) - 1), NULL, &e), 0);
	clear_pages(array, 16);
	set_pages(&generations[0], array, "0: lru file; 1: buddy free=2; 2: head lru order=1; 3: lru anon");
	CHECK_STR(t, classify(&rules, array, 4, out), "KKKU");
	CHECK_INT(t, page_rules_init(&rules, span_of(bare, 40), NULL, &e), -ENODATA);
	CHECK_INT(t, page_rules_init(&rules, span_of(NULL, 0), NULL, &e), -ENODATA);
}

/* --- memory models ------------------------------------------------------------------------------------------------ */

enum {
	AT_ROOT = 0x100000, /* all in a 2 MiB page at TEXT, physically at BASE */
	AT_POINTER = 0x101000,
	AT_SECTIONS = 0x102000,
	AT_ARRAY = 0x200000, /* physically: 1024 entries of 64 bytes, mapped page by page, backwards */
	SECTION_BITS = 20,   /* 256 pages: the machine's 4 MiB are four sections */
};

#define PAGING "SYMBOL(swapper_pg_dir)=ffffffff80000000\nNUMBER(phys_base)=1073741824\nNUMBER(pgtable_l5_enabled)=0\n"
#define SPARSE                                                                                                         \
	"SYMBOL(mem_section)=ffffffff80100000\nSIZE(mem_section)=16\nOFFSET(mem_section.section_mem_map)=0\n"          \
	"NUMBER(SECTION_SIZE_BITS)=20\nNUMBER(MAX_PHYSMEM_BITS)=31\n"

static uint8_t *array_entry(struct fake *f, uint64_t pfn)
{
	uint64_t offset = (pfn - BASE / FAKE_PAGE) * PAGE_STRUCT;

	return fake_at(f, BASE + AT_ARRAY + (15 - offset / FAKE_PAGE) * FAKE_PAGE + offset % FAKE_PAGE);
}

/* A machine whose page array is virtually one piece at VMEMMAP, and whose pages lie backwards in memory. */
static void start(struct fake *f, const char *info, bool flat)
{
	uint64_t first = BASE / FAKE_PAGE * PAGE_STRUCT;

	fake_init(f, BASE);
	fake_vmcoreinfo(f, info);
	fake_finish(f);
	fake_tables(f, 4, BASE);
	fake_map(f, TEXT, BASE, 21);
	for (unsigned i = 0; i < 16; i++)
		fake_map(f, VMEMMAP + first + i * FAKE_PAGE, BASE + AT_ARRAY + (15 - i) * FAKE_PAGE, 12);
	for (uint64_t pfn = BASE / FAKE_PAGE; pfn < BASE / FAKE_PAGE + FAKE_PAGES; pfn++)
		clear_pages(array_entry(f, pfn), 1);
	if (flat)
		put_le64(fake_at(f, BASE + AT_ROOT), VMEMMAP);
}

/* Section number s at a place; present, with flags in its low bits. */
static void put_section(struct fake *f, uint64_t at, uint64_t s)
{
	(void)s;
	put_le64(fake_at(f, at), VMEMMAP | 0x1f);
}

/* Every pfn's entry is found where it was put, across windows; pfns outside have none. */
static void check_memmap(struct test *t, struct fake *f)
{
	struct kernel k;
	struct memmap m;
	const uint8_t *entry;
	uint64_t count;
	struct error e = {.text = ""};

	for (uint64_t pfn = BASE / FAKE_PAGE; pfn < BASE / FAKE_PAGE + FAKE_PAGES; pfn++)
		put_le64(array_entry(f, pfn) + 56, pfn * 7);
	CHECK_INT(t, kernel_init(&k, &f->source, &e), 0);
	CHECK_INT(t, memmap_init(&m, &k, &e), 0);
	CHECK_STR(t, e.text, "");
	for (uint64_t pfn = BASE / FAKE_PAGE; pfn < BASE / FAKE_PAGE + FAKE_PAGES; pfn++) {
		CHECK_INT(t, memmap_get(&m, pfn, &entry, &count, &e), 1);
		if (!t->ok)
			break;
		CHECK_INT(t, get_le64(entry + 56), pfn * 7);
		CHECK(t, count >= 1 && count <= 64);
	}
	CHECK(t, memmap_get(&m, BASE / FAKE_PAGE + FAKE_PAGES, &entry, &count, &e) <= 0);
	memmap_deinit(&m);
	kernel_deinit(&k);
}

/* EXTREME, by a pointer to the root array, as since 4.15. */
static void sparse_extreme_pointer(struct test *t)
{
	struct fake f;

	start(&f, PAGING SPARSE "LENGTH(mem_section)=8\nSIZE(page)=64\n", false);
	put_le64(fake_at(&f, BASE + AT_ROOT), TEXT + AT_POINTER);
	put_le64(fake_at(&f, BASE + AT_POINTER + 4 * 8), TEXT + AT_SECTIONS); /* section 0x400 is in root 4 */
	for (uint64_t s = 0; s < 4; s++)
		put_section(&f, BASE + AT_SECTIONS + s * 16, s);
	check_memmap(t, &f);
	fake_deinit(&f);
}

/* EXTREME, the root array itself; no LENGTH means the same. */
static void sparse_extreme_direct(struct test *t)
{
	struct fake f;

	start(&f, PAGING SPARSE "SIZE(page)=64\n", false);
	put_le64(fake_at(&f, BASE + AT_ROOT + 4 * 8), TEXT + AT_SECTIONS);
	for (uint64_t s = 0; s < 4; s++)
		put_section(&f, BASE + AT_SECTIONS + s * 16, s);
	check_memmap(t, &f);
	fake_deinit(&f);
}

/* Not EXTREME: all sections in one static array. */
static void sparse_static(struct test *t)
{
	struct fake f;

	start(&f, PAGING SPARSE "LENGTH(mem_section)=2048\nSIZE(page)=64\n", false);
	for (uint64_t s = 0; s < 4; s++)
		put_section(&f, BASE + AT_ROOT + (0x400 + s) * 16, s);
	check_memmap(t, &f);
	fake_deinit(&f);
}

static void flat(struct test *t)
{
	struct fake f;

	start(&f, PAGING "SYMBOL(mem_map)=ffffffff80100000\nSIZE(page)=64\n", true);
	check_memmap(t, &f);
	fake_deinit(&f);
}

static void damaged_roots(struct test *t)
{
	static const struct {
		const char *info;
		int error;
	} cases[] = {
		{PAGING SPARSE "SIZE(page)=64\n", -EILSEQ}, /* all zeros */
		{PAGING SPARSE "SIZE(page)=12\n", -ENODATA},
		{PAGING "SYMBOL(mem_section)=ffffffff80100000\nSIZE(page)=64\n", -ENODATA},
		{PAGING "SYMBOL(mem_section)=ffffffff80100000\nSIZE(page)=64\nSIZE(mem_section)=16\n"
			"OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=5\n",
		 -ENODATA},
		{PAGING "SIZE(page)=64\n", -ENODATA},
		{PAGING "SYMBOL(mem_map)=ff\nSIZE(page)=64\n", -EFAULT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kernel k;
		struct memmap m;
		struct error e;
		struct fake f;

		start(&f, cases[i].info, false);
		CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
		CHECK_INT(t, memmap_init(&m, &k, &e), cases[i].error);
		memmap_deinit(&m);
		kernel_deinit(&k);
		fake_deinit(&f);
	}
}

/* --- arm64 -------------------------------------------------------------------------------------------------------- */

/* Table entries by hand: 4 KiB pages with 48 and 39 bits, 16 KiB with 47, 64 KiB with 42 and with 52-bit addresses. */
static void arm64_tables(struct test *t)
{
	static const struct {
		const char *info;
		unsigned page_size, levels;
		unsigned index[4]; /* of 0xffff... + 0x12345678 at each level, from the top */
	} cases[] = {
		{"NUMBER(VA_BITS)=48\nNUMBER(TCR_EL1_T1SZ)=0x10\n", 4096, 4, {0, 0, 0x91, 0x145}},
		{"NUMBER(VA_BITS)=39\n", 4096, 3, {0, 0x91, 0x145}},
		{"NUMBER(VA_BITS)=47\nNUMBER(TCR_EL1_T1SZ)=0x11\n", 16384, 3, {0, 9, 0x48d1 & 2047}},
		{"NUMBER(VA_BITS)=42\nNUMBER(MAX_PHYSMEM_BITS)=48\n", 65536, 2, {0, 0x1234}},
		{"NUMBER(VA_BITS)=52\nNUMBER(MAX_PHYSMEM_BITS)=52\n", 65536, 3, {0, 0, 0x1234}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t page = cases[i].page_size, paddr = 0, left = 0, start = 0;
		unsigned va_bits = (unsigned)atoi(cases[i].info + 16);
		char info[512];
		struct kernel k;
		struct error e = {.text = ""};
		struct fake f;

		fake_init(&f, BASE);
		f.source.machine = ELF_MACHINE_ARM64;
		f.source.page_size = cases[i].page_size;
		snprintf(info, sizeof(info), "SYMBOL(swapper_pg_dir)=ffff800008000000\nNUMBER(kimage_voffset)=%s\n%s",
			 "0xffff7fffc8000000", cases[i].info);
		fake_vmcoreinfo(&f, info);
		fake_finish(&f);
		for (unsigned l = 0; l < cases[i].levels; l++) {
			uint64_t next = BASE + (l + 1) * page;

			put_le64(fake_at(&f, BASE + l * page + cases[i].index[l] * 8), next | 3 | UINT64_C(1) << 54);
		}
		CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
		CHECK_STR(t, e.text, "");
		CHECK_INT(t, k.paging.levels, cases[i].levels);
		start = ~((UINT64_C(1) << va_bits) - 1) + 0x12345678;
		CHECK_INT(t, kernel_translate(&k, start, &paddr, &left, &e), 0);
		CHECK_INT(t, paddr, BASE + cases[i].levels * page + 0x12345678 % page);
		CHECK_INT(t, left, page - 0x12345678 % page);
		CHECK_INT(t, kernel_translate(&k, start + page, &paddr, &left, &e), -EFAULT);
		kernel_deinit(&k);
		fake_deinit(&f);
	}
}

/* A 2 MiB block, and the high bits of a 52-bit address. */
static void arm64_blocks(struct test *t)
{
	static const char info[] =
		"SYMBOL(swapper_pg_dir)=ffff800008000000\nNUMBER(kimage_voffset)=0xffff7fffc8000000\n"
		"NUMBER(VA_BITS)=39\nNUMBER(MAX_PHYSMEM_BITS)=52\n";
	uint64_t paddr, left;
	struct kernel k;
	struct error e;
	struct fake f;

	fake_init(&f, BASE);
	f.source.machine = ELF_MACHINE_ARM64;
	fake_vmcoreinfo(&f, info);
	fake_finish(&f);
	put_le64(fake_at(&f, BASE), (BASE + FAKE_PAGE) | 3);
	put_le64(fake_at(&f, BASE + FAKE_PAGE), 0x80200000 | 1);                                  /* 2 MiB */
	put_le64(fake_at(&f, BASE + FAKE_PAGE + 8), 0x80200000 | 1 | UINT64_C(1) << 48 | 2 << 8); /* LPA2 */
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	CHECK_INT(t, kernel_translate(&k, 0xffffff8000012345, &paddr, &left, &e), 0);
	CHECK_INT(t, paddr, 0x80212345);
	CHECK_INT(t, left, (2 << 20) - 0x12345);
	CHECK_INT(t, kernel_translate(&k, 0xffffff8000212345, &paddr, &left, &e), 0);
	CHECK_INT(t, paddr, 0x80212345 | UINT64_C(1) << 48 | UINT64_C(2) << 50);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* --- the selection ------------------------------------------------------------------------------------------------ */

static void start_selection(struct fake *f, const char *more)
{
	char info[4096];

	snprintf(info, sizeof(info), PAGING SPARSE "%s%s", generations[0].info, more);
	start(f, info, false);
	put_le64(fake_at(f, BASE + AT_ROOT + 4 * 8), TEXT + AT_SECTIONS);
	for (uint64_t s = 0; s < 4; s++)
		put_section(f, BASE + AT_SECTIONS + s * 16, s);
}

static void set_page(struct fake *f, unsigned i, const char *words)
{
	static uint8_t pair[2 * PAGE_STRUCT];
	uint8_t *entry = array_entry(f, BASE / FAKE_PAGE + i), *second = array_entry(f, BASE / FAKE_PAGE + i + 1);
	char text[256];

	memcpy(pair, entry, PAGE_STRUCT);
	memcpy(pair + PAGE_STRUCT, second, PAGE_STRUCT);
	snprintf(text, sizeof(text), "0: %s", words);
	set_pages(&generations[0], pair, text);
	memcpy(entry, pair, PAGE_STRUCT);
	memcpy(second, pair + PAGE_STRUCT, PAGE_STRUCT);
}

/* The runs of a whole pass, as "first+count first+count", counted from the machine's first pfn. */
static const char *runs(struct selection *s, char *out)
{
	struct run run;

	out[0] = 0;
	selection_rewind(s);
	while (selection_next(s, &run) > 0)
		sprintf(out + strlen(out), "%llu+%llu ", (unsigned long long)(run.first - BASE / FAKE_PAGE),
			(unsigned long long)run.count);
	return out;
}

static void selects(struct test *t)
{
	struct selection s;
	struct kernel k;
	struct error e;
	struct fake f;
	char out[1024];

	start_selection(&f, "");
	f.nr_ranges = 0;
	fake_range(&f, BASE, BASE + 300 * FAKE_PAGE);
	fake_range(&f, BASE + 310 * FAKE_PAGE, BASE + FAKE_SIZE);
	fake_finish(&f);
	set_page(&f, 0, "lru file");
	set_page(&f, 63, "lru anon");              /* the last of a window */
	set_page(&f, 64, "head lru anon order=6"); /* all of the next one */
	set_page(&f, 256, "buddy free=8");         /* from a section's start across the hole between two ranges */
	set_page(&f, 600, "head order=3");         /* a kernel's, with one broken page in it */
	set_page(&f, 603, "poison tail");
	set_page(&f, 700, "offline");
	set_page(&f, 1023, "lru file private");
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	selection_init(&s, &f.source);
	CHECK_STR(t, runs(&s, out), "0+300 310+714 ");
	CHECK_INT(t, page_classifier_filter(&s.classifier, &k, 0, NULL, &e), 0);
	CHECK_STR(t, runs(&s, out), "0+300 310+293 604+96 701+323 ");
	s.classifier.level = 31;
	CHECK_STR(t, runs(&s, out), "1+62 128+128 512+91 604+96 701+322 ");
	CHECK_INT(t, s.counts.pages[PAGE_FREE], 44 + 202);
	CHECK_INT(t, s.counts.pages[PAGE_USER], 65);
	CHECK_INT(t, s.counts.pages[PAGE_CACHE], 1);
	CHECK_INT(t, s.counts.pages[PAGE_CACHE_PRIVATE], 1);
	CHECK_INT(t, s.counts.pages[PAGE_HWPOISON], 1);
	CHECK_INT(t, s.counts.pages[PAGE_OFFLINE], 1);
	CHECK_INT(t, s.counts.damaged, 0);
	CHECK_STR(t, runs(&s, out), "1+62 128+128 512+91 604+96 701+322 "); /* each pass is the same */
	s.classifier.level = LEVEL_CACHE;
	CHECK_STR(t, runs(&s, out), "1+299 310+293 604+96 701+323 ");
	selection_deinit(&s);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* What makes no sense is kept and counted: impossible orders, sections that are not there, entries that are not mapped.
 */
static void damaged_pages(struct test *t)
{
	struct selection s;
	struct kernel k;
	struct error e;
	struct fake f;
	char out[1024];

	start_selection(&f, "");
	set_page(&f, 3, "head lru file order=2");                                  /* misaligned */
	set_page(&f, 8, "buddy free=11");                                          /* too large */
	put_le64(fake_at(&f, BASE + AT_SECTIONS + 16), 0);                         /* section 1: not there */
	put_le64(fake_at(&f, BASE + AT_SECTIONS + 48), 0xffffdead00000000 | 0x1f); /* section 3: not mapped */
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	selection_init(&s, &f.source);
	CHECK_INT(t, page_classifier_filter(&s.classifier, &k, 31, NULL, &e), 0);
	CHECK_STR(t, runs(&s, out), "0+1024 ");
	CHECK_INT(t, s.counts.pages[PAGE_UNKNOWN], 2 + 256 + 256);
	CHECK_INT(t, s.counts.damaged, 2 + 256);
	CHECK_INT(t, s.counts.first_damaged, BASE / FAKE_PAGE + 3);
	selection_deinit(&s);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* A page array of random bytes: the walk ends, and each page is either kept or left out. */
static void random_pages(struct test *t)
{
	uint32_t state = 1;

	for (int round = 0; round < 200; round++) {
		struct selection s;
		struct kernel k;
		struct error e;
		struct fake f;
		struct run run;
		uint64_t sum = 0, next = 0;

		start_selection(&f, "");
		for (int i = 0; i < 16 * FAKE_PAGE; i++) {
			state = state * 1664525 + 1013904223;
			*fake_at(&f, BASE + AT_ARRAY + (uint64_t)i) = (uint8_t)(state >> 24);
		}
		CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
		selection_init(&s, &f.source);
		CHECK_INT(t, page_classifier_filter(&s.classifier, &k, 31, NULL, &e), 0);
		selection_rewind(&s);
		while (selection_next(&s, &run) > 0) {
			CHECK(t, run.first >= next && run.count > 0);
			next = run.first + run.count;
		}
		for (int c = 0; c < NR_PAGE_CLASSES; c++)
			sum += s.counts.pages[c];
		CHECK_INT(t, sum, FAKE_PAGES);
		selection_deinit(&s);
		kernel_deinit(&k);
		fake_deinit(&f);
	}
}

void suite_pages(struct test *t)
{
	test_run(t, "each generation's pages", each_generation);
	test_run(t, "unaccepted memory", unaccepted);
	test_run(t, "keys that are missing", missing_keys);
	test_run(t, "SPARSEMEM EXTREME by a pointer", sparse_extreme_pointer);
	test_run(t, "SPARSEMEM EXTREME, the array itself", sparse_extreme_direct);
	test_run(t, "SPARSEMEM without EXTREME", sparse_static);
	test_run(t, "FLATMEM", flat);
	test_run(t, "page arrays that are not there", damaged_roots);
	test_run(t, "arm64: 4, 16 and 64 KiB pages, 39 to 52 bits", arm64_tables);
	test_run(t, "arm64: blocks and LPA2", arm64_blocks);
	test_run(t, "a selection across windows, sections and holes", selects);
	test_run(t, "a damaged page array is kept", damaged_pages);
	test_run(t, "random page arrays", random_pages);
}
