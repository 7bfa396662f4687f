#include "unit/fake_kernel.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/cleanup.h"
#include "dump/rawdev/raw_writer.h"
#include "dump/sink/sink_open.h"
#include "fmt/elf.h"
#include "sys/file.h"

static const uint64_t TEXT = 0xffffffff81000000; /* __START_KERNEL_map + KNOWN_BASE: phys_base is 0 */
static const uint64_t DIRECT = 0xffff888000000000;
static const uint64_t VMEMMAP = 0xffffea0000000000;
static const uint64_t STACK = 0xffffc90000004000;

/* CPU 0's stack is in vmalloc's range, its pages anywhere; CPU 1, in user mode, has one in the direct map. */
static const uint64_t stack_pages[4] = {777, 333, 555, 711};
enum { TASK_STACK = 640 };

uint64_t fake_kernel_pfn(uint64_t number)
{
	return KNOWN_BASE / FAKE_PAGE + number;
}

static uint64_t direct(uint64_t number)
{
	return DIRECT + KNOWN_BASE + number * FAKE_PAGE;
}

enum page_priority fake_kernel_priority(uint64_t number)
{
	for (unsigned i = 0; i < 4; i++)
		if (number == stack_pages[i])
			return PRIORITY_CPUS;
	if ((number >= POINTED && number < POINTED_END) || (number >= TASK && number < TASK + 4) ||
	    (number >= PER_CPU && number < PER_CPU + 2 * NR_CPUS) || (number >= TASK_STACK && number < TASK_STACK + 4))
		return PRIORITY_CPUS;
	if (number < IMAGE_END)
		return PRIORITY_IMAGE;
	if (number >= SLAB && number < SLAB_END)
		return PRIORITY_SLAB;
	if (number >= ARRAY && number < ARRAY_END)
		return PRIORITY_PAGE_ARRAY;
	return number >= CACHE && number < CACHE_END ? PRIORITY_REST : PRIORITY_KERNEL;
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

void fake_kernel_put_symbols(struct fake *f, enum packing packing)
{
	uint64_t base = 0xffffffff81000000, offsets = 0xffffffff8106a000;
	uint8_t *names = fake_at(f, KNOWN_BASE + 0x65f80);

	put_le32(fake_at(f, KNOWN_BASE + 0x67000), NR_SYMBOLS);
	put_le64(fake_at(f, KNOWN_BASE + 0x67008), packing == FROM_BASE ? 0 : base);
	/* Every letter is a word, and one word is two letters. */
	for (unsigned i = 0; i < 256; i++) {
		const char letter[3] = {i == 1 ? '_' : (char)(i < 128 ? i : '?'), i == 1 ? '_' : 0};

		memcpy(fake_at(f, KNOWN_BASE + 0x68000 + i * 3), letter, 3);
		put_le16(fake_at(f, KNOWN_BASE + 0x69000 + i * 2), (uint16_t)(i * 3));
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
		put_le32(fake_at(f, KNOWN_BASE + 0x6a000 + i * 4),
			 packing == FROM_BASE ? (uint32_t)(address - base) : offset);
	}
	if (packing == FROM_BASE)
		put_le64(fake_at(f, KNOWN_BASE + 0x67008), base);
}

/* One struct page for each page, of the classes that fake_kernel_priority tells. */
static void put_array(struct fake *f)
{
	put_le64(fake_at(f, KNOWN_BASE + MEM_MAP * FAKE_PAGE), VMEMMAP);
	for (unsigned i = 0; i < ARRAY_END - ARRAY; i++)
		fake_map(f, VMEMMAP + fake_kernel_pfn(0) * 64 + i * FAKE_PAGE, KNOWN_BASE + (ARRAY + i) * FAKE_PAGE,
			 12);
	for (unsigned i = 0; i < FAKE_PAGES; i++) {
		uint8_t *page = fake_at(f, KNOWN_BASE + ARRAY * FAKE_PAGE + i * 64);

		memset(page, 0, 64);
		put_le32(page + 48, 0xffffffff);
		if (i >= SLAB && i < SLAB_END)
			put_le64(page, 1 << 9);
		if (i >= CACHE && i < CACHE_END && fake_kernel_priority(i) == PRIORITY_REST)
			put_le64(page, 1 << 4);
		if (i > BLOCK && i < BLOCK + 16) {
			put_le64(page, 0);
			put_le64(page + 8, 1);
		}
	}
	put_le64(fake_at(f, KNOWN_BASE + ARRAY * FAKE_PAGE + BLOCK * 64), 1 << 9 | 1 << 16);
	*fake_at(f, KNOWN_BASE + ARRAY * FAKE_PAGE + (BLOCK + 1) * 64 + 17) = 4;
}

static void put_cpus(struct fake *f)
{
	uint8_t prstatus[336] = {0};

	for (unsigned i = 0; i < 4; i++)
		fake_map(f, STACK + i * FAKE_PAGE, KNOWN_BASE + stack_pages[i] * FAKE_PAGE, 12);
	put_le64(fake_at(f, KNOWN_BASE + stack_pages[3] * FAKE_PAGE + 0xf00), direct(POINTED + 4) + 0x18);
	put_le64(fake_at(f, KNOWN_BASE + stack_pages[3] * FAKE_PAGE + 0xf08), direct(POINTED) + 0x18);
	put_le64(prstatus + 112 + 19 * 8, STACK + 3 * FAKE_PAGE + 0xf00);
	fake_note(f, "CORE", ELF_NT_PRSTATUS, prstatus, sizeof(prstatus));
	put_le64(prstatus + 112 + 19 * 8, 0x7ffc12345678);
	fake_note(f, "CORE", ELF_NT_PRSTATUS, prstatus, sizeof(prstatus));
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
		uint64_t area = PER_CPU + cpu * 2;

		put_le64(fake_at(f, KNOWN_BASE + AT_OFFSETS + cpu * 8), direct(area));
		put_le64(fake_at(f, KNOWN_BASE + area * FAKE_PAGE + 0x1010), direct(TASK));
	}
	put_le32(fake_at(f, KNOWN_BASE + AT_NR_CPU_IDS), NR_CPUS);
	put_le64(fake_at(f, KNOWN_BASE + TASK * FAKE_PAGE + 0x20), direct(TASK_STACK));
	put_le64(fake_at(f, KNOWN_BASE + TASK_STACK * FAKE_PAGE), 0x57ac6e9d);
}

void fake_kernel_init(struct fake *f)
{
	fake_init(f, KNOWN_BASE);
	fake_fill(f, KNOWN_BASE / FAKE_PAGE, FAKE_PAGES);
	memset(fake_at(f, KNOWN_BASE + ZEROS * FAKE_PAGE), 0, (ZEROS_END - ZEROS) * FAKE_PAGE);
	for (int i = 0; i < IMAGE_END * FAKE_PAGE; i += 4) /* words that lead nowhere */
		put_le32(fake_at(f, KNOWN_BASE + (uint64_t)i), (uint32_t)i * 2654435761u >> 8);
	for (unsigned i = 0; i < 4; i++)
		memset(fake_at(f, KNOWN_BASE + stack_pages[i] * FAKE_PAGE), (int)i + 1, FAKE_PAGE);
	fake_tables(f, 4, KNOWN_BASE);
	fake_map(f, TEXT, KNOWN_BASE, 21);
	fake_map(f, DIRECT + KNOWN_BASE, KNOWN_BASE, 21);
	fake_map(f, DIRECT + KNOWN_BASE + (2 << 20), KNOWN_BASE + (2 << 20), 21);
	put_array(f);
	put_cpus(f);
	fake_kernel_put_symbols(f, SIGNED);
	fake_vmcoreinfo(f, info);
	fake_range(f, KNOWN_BASE, KNOWN_BASE + FAKE_SIZE);
	fake_finish(f);
	f->segments[1] = (struct segment){.paddr = KNOWN_BASE, .vaddr = TEXT, .size = IMAGE_END * FAKE_PAGE};
	f->source.nr_segments = 2;
}

int fake_kernel_save(struct fake *f, const struct save_options *o, const char *path, struct dump_stats *stats,
		     struct error *e)
{
	struct dump_identity id = {.uts = "Linux", .crash_time = 1700000000};
	struct sink *sink = NULL;
	struct kernel kernel;
	int r = kernel_init(&kernel, &f->source, e);

	if (r == 0)
		r = sink_open(path, SINK_REPLACE, &sink, e);
	if (r == 0)
		r = save_dump(&f->source, &kernel, &id, o, sink, NULL, NULL, stats, e);
	sink_destroyp(&sink);
	kernel_deinit(&kernel);
	return r;
}

static int put_text(struct raw_writer *writer, const char *name, const char *text, struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	int r = raw_writer_file(writer, name, &sink, e);

	if (r == 0)
		r = sink_put(sink, 0, text, strlen(text), e);
	return r < 0 ? r : sink_commit(sink, strlen(text), e);
}

int fake_kernel_save_raw(struct fake *f, const struct save_options *o, int fd, uint64_t size, struct error *e)
{
	struct dump_identity id = {.uts = "Linux", .crash_time = 1700000000};
	struct raw_writer *writer CLEANUP(raw_writer_closep) = NULL;
	struct sink *bottom, *sink CLEANUP(sink_destroyp) = NULL;
	struct dump_stats stats;
	struct kernel kernel;
	bool known;
	int r = raw_writer_open(fd, size, "device",
				&(struct raw_writer_request){.host = "box", .crash_time = 1700000000, .replace = false},
				&writer, e);

	if (r == 0)
		r = put_text(writer, "vmcore-dmesg.txt", "[    0.000000] panic\n", e);
	if (r == 0)
		r = raw_writer_file(writer, "vmcore", &bottom, e);
	if (r == 0)
		r = sink_wrap(bottom, 0, &sink, e);
	if (r < 0)
		return r;
	known = kernel_init(&kernel, &f->source, e) == 0;
	r = save_dump(&f->source, known ? &kernel : NULL, &id, o, sink, NULL, NULL, &stats, e);
	kernel_deinit(&kernel);
	if (r == 0)
		r = put_text(writer, "vmcore-info.txt", "level\n", e);
	return r < 0 ? r : raw_writer_complete(writer, e);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

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
	return memcmp(page, fake_at(f, f->base + number * FAKE_PAGE), FAKE_PAGE) == 0;
}

void fake_kernel_look(struct fake *f, struct span file, struct look *look)
{
	struct kdump_layout at;
	struct error e;
	uint64_t rank = 0;

	memset(look, 0, sizeof(*look));
	memset(look->lowest, 0xff, sizeof(look->lowest));
	if (kdump_read_layout(file, &at, &e) < 0)
		return;
	for (uint64_t i = 0; i < f->base / FAKE_PAGE / 8; i++)
		rank += (unsigned)__builtin_popcount(file.data[at.bitmap2 + i]);
	for (uint64_t number = 0; number < FAKE_PAGES; number++) {
		uint64_t pfn = f->base / FAKE_PAGE + number, offset;
		enum page_priority v = fake_kernel_priority(number);
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

/* How many bytes of a page are neither its own nor the mark's. */
static unsigned differing(struct fake *f, uint64_t paddr, const uint8_t *got, bool *marked)
{
	static const char mark[] = ENCODE_MARK;
	const uint8_t *want = fake_at(f, paddr);
	unsigned n = 0;

	*marked = false;
	for (unsigned i = 0; i < FAKE_PAGE; i++) {
		if (got[i] == want[i])
			continue;
		*marked = true;
		n += got[i] != (uint8_t)mark[i % (sizeof(mark) - 1)];
	}
	return n;
}

/* What a reader makes of a segment: bytes of the file, or zeros behind them; and of a file's end. */
static void look_at_segment(struct fake *f, struct span file, const struct elf_phdr *p, struct look *look)
{
	uint8_t page[FAKE_PAGE];

	for (uint64_t pos = 0; pos + FAKE_PAGE <= p->memsz; pos += FAKE_PAGE) {
		bool marked;

		memset(page, 0, sizeof(page));
		for (unsigned i = 0; i < FAKE_PAGE && pos + i < p->filesz && p->offset + pos + i < file.size; i++)
			page[i] = file.data[p->offset + pos + i];
		look->pages++;
		/* Only what a level left out may be zeros in place of bytes. */
		if (pos >= p->filesz)
			continue;
		look->wrong += differing(f, p->paddr + pos, page, &marked) != 0;
		look->with_data += !marked;
	}
}

void fake_kernel_look_elf(struct fake *f, struct span file, struct look *look)
{
	struct elf_header h;
	struct elf_phdr p;
	struct error e;

	memset(look, 0, sizeof(*look));
	if (elf_read_header(file, &h, &e) < 0)
		return;
	for (uint32_t i = 0; i < h.phnum; i++)
		if (elf_read_phdr(span_part(file, h.phoff, (uint64_t)h.phnum * ELF_PHDR_SIZE), i, &p) &&
		    p.type == ELF_PT_LOAD)
			look_at_segment(f, file, &p, look);
}

struct span fake_kernel_slurp(struct test *t, const char *path)
{
	struct error e;
	char *data = NULL;
	size_t size = 0;

	CHECK_INT(t, file_read(path, 1 << 28, &data, &size, &e), 0);
	return span_of(data, size);
}
