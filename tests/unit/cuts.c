/*
 * Power cuts: what a dump does to its file is written down, and replayed up to a cut, with what was not yet synced lost
 * in part. Whatever is left opens, has no wrong page, and is called complete only when it is. And the order in which
 * pages are saved.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/cleanup.h"
#include "dump/identity.h"
#include "dump/info.h"
#include "dump/save.h"
#include "dump/selection.h"
#include "dump/vmcore.h"
#include "fmt/elf.h"
#include "kern/kallsyms.h"
#include "kern/value.h"
#include "sys/file.h"
#include "unit/fake.h"
#include "unit/faults.h"
#include "unit/test.h"

static const uint64_t BASE = 0x1000000;
static const uint64_t TEXT = 0xffffffff81000000; /* __START_KERNEL_map + BASE: phys_base is 0 */
static const uint64_t DIRECT = 0xffff888000000000;
static const uint64_t VMEMMAP = 0xffffea0000000000;
static const uint64_t STACK = 0xffffc90000004000;

/* --- a machine with a kernel of which everything is known --------------------------------------------------------- */

/* Its pages, by number from BASE on. */
enum {
	TABLES = 0, /* as many as it takes; the rest up to IMAGE_END is the image */
	MEM_MAP = 100,
	SYMBOLS = 101, /* kallsyms: names, words, index, offsets, numbers */
	IMAGE_END = 128,
	SLAB = 200,
	SLAB_END = 300,
	CACHE = 300,
	CACHE_END = 400,
	ZEROS = 400, /* the kernel's, untyped */
	ZEROS_END = 450,
	ARRAY = 512, /* the page array: 16 pages */
	ARRAY_END = 528,
	BLOCK = 208,   /* 16 slab pages, one compound page */
	POINTED = 210, /* in it: two words of the stack lead to four pages each, first to the second four */
	POINTED_END = 218,
	TASK = 230,    /* the current task of CPU 1, likewise */
	PER_CPU = 600, /* two pages each for two CPUs */
	NR_CPUS = 2,
};

/* CPU 0's stack is in vmalloc's range, its pages anywhere; CPU 1, in user mode, has one in the direct map. */
static const uint64_t stack_pages[4] = {777, 333, 555, 711};
enum { TASK_STACK = 640 };

static uint64_t pfn_of(uint64_t number)
{
	return BASE / FAKE_PAGE + number;
}

static uint64_t direct(uint64_t number)
{
	return DIRECT + BASE + number * FAKE_PAGE;
}

static enum page_value value_of(uint64_t number)
{
	for (unsigned i = 0; i < 4; i++)
		if (number == stack_pages[i])
			return VALUE_CPUS;
	if ((number >= POINTED && number < POINTED_END) || (number >= TASK && number < TASK + 4) ||
	    (number >= PER_CPU && number < PER_CPU + 2 * NR_CPUS) || (number >= TASK_STACK && number < TASK_STACK + 4))
		return VALUE_CPUS;
	if (number < IMAGE_END)
		return VALUE_IMAGE;
	if (number >= SLAB && number < SLAB_END)
		return VALUE_SLAB;
	if (number >= ARRAY && number < ARRAY_END)
		return VALUE_PAGE_ARRAY;
	return number >= CACHE && number < CACHE_END ? VALUE_REST : VALUE_KERNEL;
}

static const char info[] =
	"OSRELEASE=6.1.0-fake\nPAGESIZE=4096\nCRASHTIME=1700000000\n"
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\n"
	"OFFSET(page.private)=40\nOFFSET(page.compound_head)=8\nOFFSET(page.lru)=8\n"
	"NUMBER(PG_lru)=4\nNUMBER(PG_private)=13\nNUMBER(PG_slab)=9\nNUMBER(PG_head_mask)=65536\n"
	"OFFSET(page.compound_order)=17\nOFFSET(page.compound_dtor)=16\nNUMBER(HUGETLB_PAGE_DTOR)=2\n"
	"LENGTH(zone.free_area)=11\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
	"SYMBOL(swapper_pg_dir)=ffffffff81000000\nNUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=0\n"
	"SYMBOL(_stext)=ffffffff81001000\nSYMBOL(init_uts_ns)=ffffffff81070000\n"
	"SYMBOL(mem_map)=ffffffff81064000\n"
	"SYMBOL(kallsyms_names)=ffffffff81065f80\nSYMBOL(kallsyms_num_syms)=ffffffff81067000\n"
	"SYMBOL(kallsyms_relative_base)=ffffffff81067008\n"
	"SYMBOL(kallsyms_token_table)=ffffffff81068000\nSYMBOL(kallsyms_token_index)=ffffffff81069000\n"
	"SYMBOL(kallsyms_offsets)=ffffffff8106a000\n";

enum { AT_OFFSETS = 0x71000, AT_NR_CPU_IDS = 0x71100 }; /* the variables, from TEXT on */

static const struct {
	const char *name;
	uint64_t address; /* of per-CPU symbols: below 1 MiB */
} symbols[] = {
	{"Afixed_percpu_data", 0},
	{"A__per_cpu_start", 0},
	{"Acurrent_task", 0x1010},
	{"A__per_cpu_end", 0x2000},
	{"Tstartup_64", 0xffffffff81000000},
	{"Da_name_longer_than_127_letters_"
	 "012345678901234567890123456789012345678901234567890123456789012345678901234567890"
	 "12345678901234567890",
	 0xffffffff81000010},
	{"Dinit_uts_ns", 0xffffffff81070000},
	{"D__per_cpu_offset", 0xffffffff81071000},
	{"Dnr_cpu_ids", 0xffffffff81071100},
};

enum { NR_SYMBOLS = sizeof(symbols) / sizeof(symbols[0]) };

enum packing { SIGNED, FROM_BASE, FROM_ENTRY };

static void put_symbols(struct fake *f, enum packing packing)
{
	uint64_t base = 0xffffffff81000000, offsets = 0xffffffff8106a000;
	uint8_t *names = fake_at(f, BASE + 0x65f80);

	put_le32(fake_at(f, BASE + 0x67000), NR_SYMBOLS);
	put_le64(fake_at(f, BASE + 0x67008), packing == FROM_BASE ? 0 : base);
	/* Every letter is a word, and one word is two letters. */
	for (unsigned i = 0; i < 256; i++) {
		const char letter[3] = {i == 1 ? '_' : (char)(i < 128 ? i : '?'), i == 1 ? '_' : 0};

		memcpy(fake_at(f, BASE + 0x68000 + i * 3), letter, 3);
		put_le16(fake_at(f, BASE + 0x69000 + i * 2), (uint16_t)(i * 3));
	}
	for (unsigned i = 0; i < NR_SYMBOLS; i++) {
		const char *name = symbols[i].name;
		bool word = name[1] == '_' && name[2] == '_';
		size_t size = strlen(name) - word;
		uint64_t address = symbols[i].address;
		uint32_t offset = address < 0x100000 ? (uint32_t)address : (uint32_t)(base - 1 - address);

		if (size > 127)
			*names++ = (uint8_t)(size | 0x80);
		*names++ = (uint8_t)(size > 127 ? size >> 7 : size);
		for (unsigned l = 0; name[l]; l++) {
			if (word && l == 2)
				continue;
			*names++ = (uint8_t)(word && l == 1 ? 1 : name[l]);
		}
		if (packing == FROM_ENTRY)
			offset = (uint32_t)(address - (offsets + 4 * i));
		put_le32(fake_at(f, BASE + 0x6a000 + i * 4),
			 packing == FROM_BASE ? (uint32_t)(address - base) : offset);
	}
	if (packing == FROM_BASE)
		put_le64(fake_at(f, BASE + 0x67008), base);
}

/* One struct page for each page, of the classes that value_of tells. */
static void put_array(struct fake *f)
{
	put_le64(fake_at(f, BASE + MEM_MAP * FAKE_PAGE), VMEMMAP);
	for (unsigned i = 0; i < ARRAY_END - ARRAY; i++)
		fake_map(f, VMEMMAP + pfn_of(0) * 64 + i * FAKE_PAGE, BASE + (ARRAY + i) * FAKE_PAGE, 12);
	for (unsigned i = 0; i < FAKE_PAGES; i++) {
		uint8_t *page = fake_at(f, BASE + ARRAY * FAKE_PAGE + i * 64);

		memset(page, 0, 64);
		put_le32(page + 48, 0xffffffff);
		if (i >= SLAB && i < SLAB_END)
			put_le64(page, 1 << 9);
		if (i >= CACHE && i < CACHE_END && value_of(i) == VALUE_REST)
			put_le64(page, 1 << 4);
		if (i > BLOCK && i < BLOCK + 16) {
			put_le64(page, 0);
			put_le64(page + 8, 1);
		}
	}
	put_le64(fake_at(f, BASE + ARRAY * FAKE_PAGE + BLOCK * 64), 1 << 9 | 1 << 16);
	*fake_at(f, BASE + ARRAY * FAKE_PAGE + (BLOCK + 1) * 64 + 17) = 4;
}

static void put_cpus(struct fake *f)
{
	uint8_t prstatus[336] = {0};

	for (unsigned i = 0; i < 4; i++)
		fake_map(f, STACK + i * FAKE_PAGE, BASE + stack_pages[i] * FAKE_PAGE, 12);
	put_le64(fake_at(f, BASE + stack_pages[3] * FAKE_PAGE + 0xf00), direct(POINTED + 4) + 0x18);
	put_le64(fake_at(f, BASE + stack_pages[3] * FAKE_PAGE + 0xf08), direct(POINTED) + 0x18);
	put_le64(prstatus + 112 + 19 * 8, STACK + 3 * FAKE_PAGE + 0xf00);
	fake_note(f, "CORE", ELF_NT_PRSTATUS, prstatus, sizeof(prstatus));
	put_le64(prstatus + 112 + 19 * 8, 0x7ffc12345678);
	fake_note(f, "CORE", ELF_NT_PRSTATUS, prstatus, sizeof(prstatus));
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
		uint64_t area = PER_CPU + cpu * 2;

		put_le64(fake_at(f, BASE + AT_OFFSETS + cpu * 8), direct(area));
		put_le64(fake_at(f, BASE + area * FAKE_PAGE + 0x1010), direct(TASK));
	}
	put_le32(fake_at(f, BASE + AT_NR_CPU_IDS), NR_CPUS);
	put_le64(fake_at(f, BASE + TASK * FAKE_PAGE + 0x20), direct(TASK_STACK));
	put_le64(fake_at(f, BASE + TASK_STACK * FAKE_PAGE), 0x57ac6e9d);
}

static void make_machine(struct fake *f)
{
	fake_init(f, BASE);
	fake_fill(f, BASE / FAKE_PAGE, FAKE_PAGES);
	memset(fake_at(f, BASE + ZEROS * FAKE_PAGE), 0, (ZEROS_END - ZEROS) * FAKE_PAGE);
	for (int i = 0; i < IMAGE_END * FAKE_PAGE; i += 4) /* words that lead nowhere */
		put_le32(fake_at(f, BASE + (uint64_t)i), (uint32_t)i * 2654435761u >> 8);
	for (unsigned i = 0; i < 4; i++)
		memset(fake_at(f, BASE + stack_pages[i] * FAKE_PAGE), (int)i + 1, FAKE_PAGE);
	fake_tables(f, 4, BASE);
	fake_map(f, TEXT, BASE, 21);
	fake_map(f, DIRECT + BASE, BASE, 21);
	fake_map(f, DIRECT + BASE + (2 << 20), BASE + (2 << 20), 21);
	put_array(f);
	put_cpus(f);
	put_symbols(f, SIGNED);
	fake_vmcoreinfo(f, info);
	fake_range(f, BASE, BASE + FAKE_SIZE);
	fake_finish(f);
	f->segments[1] = (struct segment){.paddr = BASE, .vaddr = TEXT, .size = IMAGE_END * FAKE_PAGE};
	f->source.nr_segments = 2;
}

static int save_to(struct fake *f, const struct save_options *o, const char *path, struct dump_stats *stats,
		   struct error *e)
{
	struct dump_identity id = {.uts = "Linux", .crash_time = 1700000000};
	struct sink *sink = NULL;
	struct kernel kernel;
	int r = kernel_init(&kernel, &f->source, e);

	if (r == 0)
		r = save_open_target(path, o, &sink, e);
	if (r == 0)
		r = save_dump(&f->source, &kernel, &id, o, sink, NULL, NULL, stats, e);
	sink_destroyp(&sink);
	kernel_deinit(&kernel);
	return r;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

struct look {
	uint64_t pages, with_data, wrong;
	uint64_t lowest[NR_PAGE_VALUES], highest[NR_PAGE_VALUES]; /* where the data of a value's pages lies */
};

/* What readers make of a descriptor: nothing, an error, or a page. */
enum meaning { NOTHING, AN_ERROR, A_PAGE };

static enum meaning meaning_of(const uint8_t *desc)
{
	bool raw = get_le32(desc + 12) == KDUMP_PAGE_RAW;
	uint32_t size = get_le32(desc + 8);

	/* libkdumpfile 0.5.1 takes a raw page's size for enough; crash its offset. */
	if (raw && (size != 0 || get_le64(desc) != 0))
		return A_PAGE;
	if (raw)
		return NOTHING;
	return get_le64(desc) == 0 || size == 0 ? AN_ERROR : A_PAGE;
}

/* Whether a page's descriptor gives the page's bytes. */
static bool is_right(struct fake *f, struct span file, uint64_t number, const uint8_t *desc)
{
	static uint8_t page[FAKE_PAGE];
	uint64_t offset = get_le64(desc);
	uint32_t size = get_le32(desc + 8);
	uLongf n = FAKE_PAGE;

	if (!span_has(file, offset, size) || size == 0 || offset == 0)
		return false;
	if (get_le32(desc + 12) == KDUMP_PAGE_RAW && size == FAKE_PAGE)
		memcpy(page, file.data + offset, FAKE_PAGE);
	else if (get_le32(desc + 12) != KDUMP_PAGE_ZLIB || uncompress(page, &n, file.data + offset, size) != Z_OK ||
		 n != FAKE_PAGE)
		return false;
	return memcmp(page, fake_at(f, BASE + number * FAKE_PAGE), FAKE_PAGE) == 0;
}

/* Goes through all descriptors of a file that opens. */
static void look_at(struct fake *f, struct span file, struct look *look)
{
	struct kdump_header h;
	struct kdump_layout at;
	struct error e;
	uint64_t rank = 0;

	memset(look, 0, sizeof(*look));
	memset(look->lowest, 0xff, sizeof(look->lowest));
	if (kdump_read_header(file, span_part(file, FAKE_PAGE, KDUMP_SUB_HEADER_SIZE), &h, &e) < 0)
		return;
	kdump_layout(&h, 0, &at);
	for (uint64_t number = 0; number < FAKE_PAGES; number++) {
		uint64_t pfn = pfn_of(number), offset;
		enum page_value v = value_of(number);
		const uint8_t *desc;

		if (!(file.data[at.bitmap2 + pfn / 8] >> pfn % 8 & 1))
			continue;
		desc = file.data + at.descs + rank++ * KDUMP_DESC_SIZE;
		offset = get_le64(desc);
		look->pages++;
		if (meaning_of(desc) != A_PAGE)
			continue;
		look->with_data++;
		look->wrong += !is_right(f, file, number, desc);
		if (number >= ZEROS && number < ZEROS_END)
			continue;
		look->lowest[v] = offset < look->lowest[v] ? offset : look->lowest[v];
		look->highest[v] = offset > look->highest[v] ? offset : look->highest[v];
	}
}

static struct span slurp(struct test *t, const char *path)
{
	struct error e;
	char *data = NULL;
	size_t size = 0;

	CHECK_INT(t, file_read(path, 1 << 28, &data, &size, &e), 0);
	return span_of(data, size);
}

/* --- the order ---------------------------------------------------------------------------------------------------- */

/* Every page has the value that it should, the values follow each other in the file, and nothing is there twice. */
static void order(struct test *t)
{
	static const unsigned levels[] = {0, 31};
	struct dump_stats stats;
	struct dump_info told;
	char path[300];
	struct error e;
	struct fake f;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	for (unsigned l = 0; l < 2; l++) {
		struct save_options o = {.codec = CODEC_FAST, .level = levels[l], .replace = true};
		uint64_t want[NR_PAGE_VALUES] = {0};
		struct look look;
		struct span file;

		CHECK_INT(t, save_to(&f, &o, path, &stats, &e), 0);
		file = slurp(t, path);
		look_at(&f, file, &look);
		for (uint64_t number = 0; number < FAKE_PAGES; number++)
			want[value_of(number)] += levels[l] == 0 || value_of(number) != VALUE_REST;
		for (int v = 0; v < NR_PAGE_VALUES; v++) {
			CHECK_INT(t, stats.valued[v], want[v]);
			for (int later = v + 1; later < NR_PAGE_VALUES; later++)
				CHECK(t, look.highest[v] < look.lowest[later]);
		}
		CHECK_INT(t, look.pages, stats.pages);
		CHECK_INT(t, look.with_data, stats.pages);
		CHECK_INT(t, look.wrong, 0);
		CHECK_INT(t, dump_info_read(path, &told, &e), 0);
		CHECK(t, !told.incomplete);
		CHECK_INT(t, told.shared, ZEROS_END - ZEROS - 1);
		CHECK_MEM(t, told.summary.valued, stats.valued, sizeof(stats.valued));
		free((void *)file.data);
	}
	fake_deinit(&f);
}

/* With a page array of random bytes, the passes together still give each page once, with the rank that it has. */
static void random_order(struct test *t)
{
	static uint64_t pfns[FAKE_PAGES];
	uint32_t state = 7;

	for (int round = 0; round < 200 && t->ok; round++) {
		uint64_t valued[NR_PAGE_VALUES], total = 0, given = 0, rank;
		struct selection s;
		struct kernel k;
		struct error e;
		struct fake f;
		struct run run;

		make_machine(&f);
		for (int i = 0; i < FAKE_PAGES * 64; i++) {
			uint8_t *byte = fake_at(&f, BASE + ARRAY * FAKE_PAGE + (uint64_t)i);

			state = state * 1664525 + 1013904223;
			if (i % 64 < 48 ? state >> 24 < 30 : state >> 24 < 3) /* mostly what it was */
				*byte = (uint8_t)(state >> 16);
		}
		CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
		selection_init(&s, &f.source);
		CHECK_INT(t, selection_filter(&s, &k, 31, NULL, &e), 0);
		CHECK_INT(t, selection_value_pages(&s, &k, &e), 0);
		while (selection_next(&s, &run) > 0)
			for (uint64_t i = 0; i < run.count; i++)
				pfns[total++] = run.first + i;
		CHECK_INT(t, selection_count(&s, valued), total);
		for (enum page_value v = 0; v < NR_PAGE_VALUES; v++) {
			uint64_t of_value = 0;

			selection_begin(&s, v);
			while (selection_next_of(&s, &run, &rank) > 0)
				for (uint64_t i = 0; i < run.count; i++, of_value++)
					if (rank + i >= total || pfns[rank + i] != run.first + i)
						CHECK(t, !"a page with another's rank");
					else
						given++;
			CHECK_INT(t, of_value, valued[v]);
		}
		CHECK_INT(t, given, total);
		selection_deinit(&s);
		kernel_deinit(&k);
		fake_deinit(&f);
	}
}

/* Each way of packing addresses; a kernel that fits none is said not to be known. */
static void kallsyms(struct test *t)
{
	static const enum packing packings[] = {SIGNED, FROM_BASE, FROM_ENTRY};
	struct kallsyms_wanted wanted[] = {{.name = "nr_cpu_ids"}, {.name = "no such"}, {.name = "__per_cpu_offset"}};
	struct kernel k;
	struct error e;
	struct fake f;

	make_machine(&f);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	for (unsigned i = 0; i < 3; i++) {
		put_symbols(&f, packings[i]);
		CHECK_INT(t, kallsyms_find(&k, wanted, 3, &e), 2);
		CHECK_INT(t, wanted[0].address, 0xffffffff81071100);
		CHECK(t, !wanted[1].found);
		CHECK_INT(t, wanted[2].address, 0xffffffff81071000);
		view_deinit(&k.view);
		view_init(&k.view, &f.source, 16384);
	}
	put_le64(fake_at(&f, BASE + 0x67008), 0x123);
	put_le32(fake_at(&f, BASE + 0x6a000 + 6 * 4), 0x123);
	CHECK_INT(t, kallsyms_find(&k, wanted, 3, &e), -ENODATA);
	CHECK(t, !wanted[0].found);
	put_le32(fake_at(&f, BASE + 0x67000), 0xffffffff);
	view_deinit(&k.view);
	view_init(&k.view, &f.source, 16384);
	CHECK_INT(t, kallsyms_find(&k, wanted, 3, &e), -ENODATA);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* --- cuts --------------------------------------------------------------------------------------------------------- */

enum { SECTOR = 512, MOST_OPS = 4096, HEAD = 25, ROOM = 8 << 20 };

struct op {
	char what;
	uint64_t offset, size;
	const uint8_t *bytes;
};

static size_t parse(struct test *t, struct span log, struct op *ops)
{
	size_t nr = 0;

	for (size_t pos = 0; span_has(log, pos, HEAD) && nr < MOST_OPS; nr++) {
		struct op *o = &ops[nr];
		bool has_bytes;

		*o = (struct op){.what = (char)log.data[pos],
				 .offset = get_le64(log.data + pos + 1),
				 .size = get_le64(log.data + pos + 9),
				 .bytes = log.data + pos + HEAD};
		has_bytes = o->what == 'w' || o->what == 'r';
		pos += HEAD + (has_bytes ? o->size : 0);
	}
	CHECK(t, nr < MOST_OPS);
	return nr;
}

static uint32_t random_state;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

/* A file as a disk has it: what was synced for sure, and some of what came after. */
struct disk {
	uint8_t *bytes;
	uint64_t size;
	char name; /* 0: -starting; i: -incomplete; f: final */
};

static void apply(struct disk *d, const struct op *o, uint64_t from, uint64_t to)
{
	memcpy(d->bytes + o->offset + from, o->bytes + from, to - from);
	if (o->offset + to > d->size)
		d->size = o->offset + to;
}

static void rename_to(struct disk *d, const struct op *o)
{
	static const char mark[] = "-incomplete";
	size_t length = sizeof(mark) - 1;

	d->name = o->size > length && memcmp(o->bytes + o->size - length, mark, length) == 0 ? 'i' : 'f';
}

/* How much of a write is done when the power goes: a sector is written as a whole, or not. */
static uint64_t torn(const struct op *o)
{
	uint64_t end = (o->offset + next_random() % (o->size + SECTOR)) / SECTOR * SECTOR;

	return end <= o->offset ? 0 : end - o->offset < o->size ? end - o->offset : o->size;
}

/* How the disk loses what was not synced. */
enum loss { CUT_IN_ORDER, LOSE_WRITES, LOSE_SECTORS, NR_LOSSES };

/* Writes of [synced, cut), of which a disk that was not told to flush has some. */
static void apply_some(struct disk *d, const struct op *ops, size_t synced, size_t cut, enum loss loss)
{
	uint32_t seed = next_random();

	for (size_t i = synced; i < cut; i++) {
		const struct op *o = &ops[i];

		if (o->what == 'z' && o->offset + o->size > d->size)
			d->size = o->offset + o->size;
		if (o->what == 'r' && next_random() % 2)
			rename_to(d, o);
		if (o->what != 'w')
			continue;
		if (loss == CUT_IN_ORDER) {
			apply(d, o, 0, i + 1 == cut ? torn(o) : o->size);
		} else if (loss == LOSE_WRITES) {
			if (next_random() % 2)
				apply(d, o, 0, o->size);
		} else {
			/* Each sector has what it had after some of the writes. */
			for (uint64_t from = 0; from < o->size;) {
				uint64_t sector = (o->offset + from) / SECTOR;
				uint64_t to = (sector + 1) * SECTOR - o->offset;
				uint32_t last = (uint32_t)(sector + seed) * 2654435761u >> 12;

				to = to < o->size ? to : o->size;
				if (i - synced < last % (cut - synced + 1))
					apply(d, o, from, to);
				from = to;
			}
		}
	}
}

/* All up to a sync is there; of a directory's sync, the name. */
static void replay(struct disk *d, const struct op *ops, size_t cut, enum loss loss)
{
	size_t synced = 0, named = 0;

	memset(d->bytes, 0, ROOM);
	d->size = 0;
	d->name = 0;
	for (size_t i = 0; i < cut; i++) {
		synced = ops[i].what == 's' ? i + 1 : synced;
		named = ops[i].what == 'd' ? i + 1 : named;
	}
	for (size_t i = 0; i < synced; i++) {
		if (ops[i].what == 'w')
			apply(d, &ops[i], 0, ops[i].size);
		if (ops[i].what == 'z' && ops[i].offset + ops[i].size > d->size)
			d->size = ops[i].offset + ops[i].size;
		if (ops[i].what == 't')
			d->size = ops[i].size;
	}
	for (size_t i = 0; i < named; i++)
		if (ops[i].what == 'r')
			rename_to(d, &ops[i]);
	apply_some(d, ops, synced, cut, loss);
}

struct outcomes {
	unsigned none, incomplete, complete;
};

/* What a cut has left: nothing under a dump's name, or a file that opens, and lies in nothing. */
static void check_left(struct test *t, struct fake *f, const struct disk *d, const char *path,
		       struct outcomes *outcomes)
{
	struct span file = span_of(d->bytes, d->size);
	struct dump_info told;
	struct look look;
	struct error e = {.text = ""};
	int fd;

	if (!d->name) {
		outcomes->none++;
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK_INT(t, write_all_at(fd, d->bytes, d->size, 0), 0);
	close(fd);
	CHECK_INT(t, dump_info_read(path, &told, &e), 0);
	CHECK_STR(t, e.text, "");
	look_at(f, file, &look);
	CHECK_INT(t, look.pages, told.dumped);
	CHECK(t, look.pages > 0);
	CHECK_INT(t, look.wrong, 0);
	CHECK_INT(t, told.dumped - told.missing, look.with_data);
	CHECK(t, told.incomplete || look.with_data == look.pages);
	CHECK(t, told.incomplete || d->name == 'f' || look.with_data == look.pages);
	CHECK(t, d->name != 'f' || !told.incomplete);
	outcomes->incomplete += told.incomplete;
	outcomes->complete += !told.incomplete;
}

static void check_cuts(struct test *t, const struct save_options *o, unsigned cuts)
{
	char path[300], log[300], rest[300];
	struct op *ops CLEANUP(free_ptr) = calloc(MOST_OPS, sizeof(*ops));
	struct disk d = {.bytes = malloc(ROOM)};
	struct outcomes outcomes = {0};
	struct dump_stats stats;
	struct span written;
	struct error e;
	struct fake f;
	size_t nr;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	snprintf(rest, sizeof(rest), "%s/rest", t->scratch);
	snprintf(log, sizeof(log), "%s/log", t->scratch);
	faults_record(log);
	CHECK_INT(t, save_to(&f, o, path, &stats, &e), 0);
	faults_record(NULL);
	written = slurp(t, log);
	nr = parse(t, written, ops);
	CHECK(t, nr > 20);
	random_state = 5;
	for (unsigned i = 0; i < cuts && t->ok; i++) {
		size_t cut = i <= nr ? i : next_random() % (nr + 1);

		for (enum loss loss = 0; loss < NR_LOSSES; loss++) {
			replay(&d, ops, cut, loss);
			check_left(t, &f, &d, rest, &outcomes);
			if (!t->ok)
				printf("cut behind call %zu of %zu, loss %d\n", cut, nr, (int)loss);
		}
	}
	/* The cuts were of all kinds. */
	CHECK(t, outcomes.none > 0 && outcomes.incomplete > cuts && outcomes.complete > 0);
	free((void *)written.data);
	free(d.bytes);
	unlink(path);
	fake_deinit(&f);
}

static void every_cut(struct test *t)
{
	check_cuts(t, &(struct save_options){.codec = CODEC_NONE, .level = 0}, 200);
	check_cuts(t, &(struct save_options){.codec = CODEC_FAST, .level = 31}, 200);
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

/* Every write-like call fails in turn: there is no dump, or an incomplete one without a wrong page. */
static void every_fault(struct test *t)
{
	static const int errors[] = {ENOSPC, EIO};
	struct save_options o = {.codec = CODEC_FAST, .level = 31};
	char path[300], rest[320], starting[320];
	struct dump_stats stats;
	struct dump_info told;
	struct stat st;
	struct error e;
	struct fake f;
	unsigned left = 0;
	long calls;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	snprintf(rest, sizeof(rest), "%s-incomplete", path);
	snprintf(starting, sizeof(starting), "%s-starting", path);
	faults_arm(0, 0);
	CHECK_INT(t, save_to(&f, &o, path, &stats, &e), 0);
	calls = faults_calls();
	for (long n = 1; n <= 2 * calls; n++) {
		int error = errors[n > calls];
		struct look look;
		struct span file;

		unlink(path);
		unlink(rest);
		faults_arm(n > calls ? n - calls : n, error);
		CHECK_INT(t, save_to(&f, &o, path, &stats, &e), -error);
		faults_arm(0, 0);
		CHECK(t, stat(path, &st) != 0);
		CHECK(t, stat(starting, &st) != 0);
		if (stat(rest, &st) != 0)
			continue;
		left++;
		CHECK_INT(t, dump_info_read(rest, &told, &e), 0);
		file = slurp(t, rest);
		look_at(&f, file, &look);
		CHECK_INT(t, look.wrong, 0);
		CHECK(t, told.incomplete || look.with_data == look.pages);
		free((void *)file.data);
	}
	CHECK(t, left > (unsigned)calls && left < 2 * (unsigned)calls);
	fake_deinit(&f);
}

/* --- a target with old bytes ---------------------------------------------------------------------------------------
 */

/* A device, as memory: what was never put is not zeros. At each sync what it holds is looked at. */
struct device {
	struct sink sink;
	struct fake *machine;
	uint8_t *bytes;
	uint64_t cleared; /* up to here */
	unsigned syncs;
	uint64_t wrong, most;
};

static int device_put(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e)
{
	struct device *d = (struct device *)sink;

	if (offset + size > ROOM)
		return error_set(e, ENOSPC, "the device is full");
	memcpy(d->bytes + offset, data, size);
	return 0;
}

static int device_clear(struct sink *sink, uint64_t offset, uint64_t size, struct error *e)
{
	struct device *d = (struct device *)sink;

	if (offset != d->cleared || offset + size > ROOM)
		return error_set(e, ENOSPC, "the device is full, or cleared out of order");
	memset(d->bytes + offset, 0, size);
	d->cleared = offset + size;
	return 0;
}

static int device_sync(struct sink *sink, struct error *e)
{
	struct device *d = (struct device *)sink;
	struct look look;

	(void)e;
	d->syncs++;
	look_at(d->machine, span_of(d->bytes, ROOM), &look);
	d->wrong += look.wrong;
	d->most = look.with_data > d->most ? look.with_data : d->most;
	return 0;
}

static int device_commit(struct sink *sink, uint64_t size, struct error *e)
{
	(void)size;
	return device_sync(sink, e);
}

static void device_end(struct sink *sink)
{
	(void)sink;
}

static const struct sink_ops device_ops = {
	.put = device_put,
	.clear = device_clear,
	.sync = device_sync,
	.commit = device_commit,
	.abort = device_end,
	.destroy = device_end,
};

/* Old bytes, descriptors of another dump of this machine among them, become nothing of this one. */
static void old_bytes(struct test *t)
{
	struct save_options o = {.codec = CODEC_FAST, .level = 31};
	struct dump_identity id = {.uts = "Linux"};
	struct device d = {.sink = {.ops = &device_ops}, .bytes = malloc(ROOM)};
	struct dump_stats stats;
	struct kernel kernel;
	struct error e;
	struct fake f;

	make_machine(&f);
	d.machine = &f;
	for (size_t at = 0; at + KDUMP_DESC_SIZE <= ROOM; at += KDUMP_DESC_SIZE)
		kdump_write_desc(d.bytes + at, 4096, 4096, KDUMP_PAGE_RAW);
	CHECK_INT(t, kernel_init(&kernel, &f.source, &e), 0);
	CHECK_INT(t, save_dump(&f.source, &kernel, &id, &o, &d.sink, NULL, NULL, &stats, &e), 0);
	CHECK(t, d.cleared > 0 && d.syncs > 6);
	CHECK_INT(t, d.wrong, 0);
	CHECK_INT(t, d.most, stats.pages);
	kernel_deinit(&kernel);
	free(d.bytes);
	fake_deinit(&f);
}

/* --- a real vmcore ------------------------------------------------------------------------------------------------ */

/* A real vmcore, for qemu-tests/test_cuts.py: CUTS_VMCORE is saved as CUTS_DUMP, and CUTS_DUMP.log says how. */
static void real_vmcore(struct test *t)
{
	const char *vmcore = getenv("CUTS_VMCORE"), *path = getenv("CUTS_DUMP");
	struct save_options o = {.codec = CODEC_FAST, .level = 31, .replace = true};
	struct dump_identity id;
	struct source *source = NULL;
	struct sink *sink = NULL;
	struct dump_stats stats;
	struct kernel kernel;
	char log[300];
	struct error e;

	CHECK_INT(t, vmcore_open(vmcore, NULL, &source, &e), 0);
	CHECK_INT(t, kernel_init(&kernel, source, &e), 0);
	identity_read(&id, &kernel, source, NULL);
	snprintf(log, sizeof(log), "%s.log", path);
	faults_record(log);
	CHECK_INT(t, save_open_target(path, &o, &sink, &e), 0);
	CHECK_INT(t, save_dump(source, &kernel, &id, &o, sink, NULL, NULL, &stats, &e), 0);
	faults_record(NULL);
	sink_destroyp(&sink);
	kernel_deinit(&kernel);
	vmcore_close(source);
}

void suite_cuts(struct test *t)
{
	test_run(t, "pages are saved in order of value", order);
	test_run(t, "passes in order of value, over random page arrays", random_order);
	test_run(t, "kallsyms, each way of packing addresses", kallsyms);
	test_run(t, "200 power cuts of two dumps, three ways of losing writes", every_cut);
	test_run(t, "ENOSPC and EIO at every write leave no dump or a valid one", every_fault);
	test_run(t, "a target's old bytes become no page", old_bytes);
	if (getenv("CUTS_VMCORE") && getenv("CUTS_DUMP"))
		test_run(t, "a real vmcore is saved and written down", real_vmcore);
}
