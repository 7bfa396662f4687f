/*
 * The crashed kernel's structures in memory of any content: both machines, all page sizes, every format of the log,
 * kallsyms, the host's name, the page array, the CPUs. The input: a byte that chooses, a line of more VMCOREINFO (';'
 * for newlines), whose keys come before the usual ones, and what is laid over memory, again and again.
 */
#include <stdio.h>

#include "dump/identity.h"
#include "dump/page_order.h"
#include "fmt/elf.h"
#include "fuzz/input.h"
#include "kern/kallsyms.h"
#include "kern/printk.h"
#include "unit/fake_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char usual[] =
	"SYMBOL(swapper_pg_dir)=ffffffff80000000\nNUMBER(phys_base)=1073741824\nNUMBER(kimage_voffset)="
	"0xffffffff40000000\n"
	"NUMBER(VA_BITS)=48\nNUMBER(TCR_EL1_T1SZ)=16\nNUMBER(PHYS_OFFSET)=0x40000000\nNUMBER(MAX_PHYSMEM_BITS)=48\n"
	"SYMBOL(init_uts_ns)=ffffffff80001100\nOFFSET(uts_namespace.name)=0\nCRASHTIME=17\n"
	"SYMBOL(log_buf)=ffffffff80002000\nSYMBOL(log_buf_len)=ffffffff80002008\n"
	"SYMBOL(log_end)=ffffffff80002020\nSYMBOL(logged_chars)=ffffffff80002028\n"
	"SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\nOFFSET(printk_log.text_len)=10\n"
	"SYMBOL(kallsyms_names)=ffffffff80003000\nSYMBOL(kallsyms_num_syms)=ffffffff80003800\n"
	"SYMBOL(kallsyms_token_table)=ffffffff80004000\nSYMBOL(kallsyms_token_index)=ffffffff80004800\n"
	"SYMBOL(kallsyms_offsets)=ffffffff80005000\nSYMBOL(kallsyms_relative_base)=ffffffff80003808\n"
	"SYMBOL(_stext)=ffffffff80001000\nSYMBOL(node_data)=ffffffff80006000\nLENGTH(node_data)=8\nSIZE(pglist_data)="
	"512\n"
	"SYMBOL(mem_map)=ffffffff80007000\nSIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\n"
	"OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOFFSET(page.compound_head)=8\nOFFSET(page.lru)=8\n"
	"NUMBER(PG_lru)=4\nLENGTH(zone.free_area)=11\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-128\n";

/* With these, the log is one of records; without them, the plain ring of before. */
static const char of_records[] = "SYMBOL(log_first_idx)=ffffffff80002010\nSYMBOL(log_next_idx)=ffffffff80002018\n";

static const uint64_t BASE = 0x40000000, TEXT = 0xffffffff80000000;

/* Bits of the choice. The first: arm64; the next two its page size, or the levels of x86-64. */
enum { ARM64 = 1, FIRST = 2, SECOND = 4, AT_TABLES = 8, FAR = 16, AT_TEXT = 32, PLAIN_LOG = 64 };

static void make_machine(struct fake *f, uint8_t choice, const char *info, struct span content)
{
	uint8_t registers[400] = {0};

	fake_init(f, BASE);
	fake_range(f, BASE, BASE + 256 * FAKE_PAGE);
	fake_vmcoreinfo(f, info);
	for (size_t i = 112; i < sizeof(registers) && content.size; i++)
		registers[i] = content.data[i % content.size];
	fake_note(f, "CORE", ELF_NT_PRSTATUS, registers, sizeof(registers));
	fake_finish(f);
	if (choice & ARM64) {
		f->source.machine = ELF_MACHINE_ARM64;
		f->source.page_size = choice & FIRST ? 16384 : choice & SECOND ? 65536 : 4096;
		return;
	}
	fake_tables(f, choice & FIRST ? 5 : 4, BASE);
	fake_map(f, TEXT, BASE, 21);
	for (unsigned i = 0; i < 4; i++)
		fake_map(f, 0xffffea0000000000 + i * FAKE_PAGE, BASE + 0x10000 + i * FAKE_PAGE, 12);
}

/* What leads to the log and the names, by the content's first bytes; the names themselves from all of it. */
static void put_ways(struct fake *f, struct span content)
{
	put_le64(fake_at(f, BASE + 0x2000), TEXT + 0x8000);
	put_le32(fake_at(f, BASE + 0x2008), content.size < 4096 ? (uint32_t)content.size : 4096);
	put_le32(fake_at(f, BASE + 0x2010), content.data[0]);
	put_le32(fake_at(f, BASE + 0x2018), get_le16(content.data + 1) & 4095);
	put_le32(fake_at(f, BASE + 0x2020), get_le32(content.data + 4));
	memcpy(fake_at(f, BASE + 0x1100), "Linux", 6);
	for (unsigned i = 0; i < 0x1800; i++)
		*fake_at(f, BASE + 0x3000 + i) = content.data[(i * 7 + 3) % content.size];
	put_le32(fake_at(f, BASE + 0x3800), 200);
}

static void put_content(struct fake *f, uint8_t choice, struct span content)
{
	size_t from = choice & AT_TEXT ? 0x1000 : choice & (AT_TABLES | ARM64) ? 0 : 0x8000;
	size_t count = choice & FAR ? 0x40000 : content.size;

	if (content.size < 16)
		return;
	for (size_t i = 0; i < count && from + i < 0x100000; i++)
		*fake_at(f, BASE + from + i) = content.data[i % content.size];
	if (!(choice & (AT_TABLES | ARM64)))
		put_ways(f, content);
}

static int look(void *context, const struct printk_record *record, struct error *e)
{
	static char line[PRINTK_SHOWN_MAX];
	size_t n = printk_format(record, line, sizeof(line));

	(void)e;
	if (n >= sizeof(line) || line[n] != 0 || memchr(line, 27, n))
		abort();
	return ++*(int *)context > 200000 ? -1 : 0;
}

/* Every page is in one pass, under a rank of its own. */
static void check_order(struct selection *selection, struct kernel *kernel)
{
	uint64_t by_priority[NR_PAGE_PRIORITIES], total, given = 0, rank;
	struct page_order order;
	struct error e;
	struct run run;

	page_order_init(&order, selection);
	if (page_order_find(&order, kernel, &e) < 0)
		abort();
	total = page_order_count(&order, by_priority);
	for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++) {
		page_order_begin(&order, p);
		while (page_order_next(&order, &run, &rank) > 0) {
			given += run.count;
			if (rank + run.count > total || given > total)
				abort();
		}
	}
	if (given != total)
		abort();
	page_order_deinit(&order);
}

static void check_kernel(struct kernel *kernel, struct source *source)
{
	struct kallsyms_wanted wanted[] = {{.name = "nr_cpu_ids"}, {.name = "__per_cpu_offset"}, {.name = "x"}};
	struct dump_identity identity;
	struct selection selection;
	uint64_t damaged;
	int records = 0;
	struct error e;

	identity_read(&identity, kernel, source, NULL);
	printk_walk(kernel, look, &records, &damaged, &e);
	kallsyms_find(kernel, wanted, 3, &e);
	selection_init(&selection, source);
	page_classifier_filter(&selection.classifier, kernel, 31, NULL, &e);
	check_order(&selection, kernel);
	selection_deinit(&selection);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size), line;
	uint8_t choice = take_byte(&input);
	struct dump_identity identity;
	struct kernel kernel;
	char info[8192];
	struct fake f;
	struct error e;

	line = span_take_line(&input);
	if (line.size > 2000)
		return 0;
	for (size_t i = 0; i < line.size; i++)
		info[i] = line.data[i] == ';' || !line.data[i] ? '\n' : (char)line.data[i];
	snprintf(info + line.size, sizeof(info) - line.size, "\n%s%s", choice & PLAIN_LOG ? "" : of_records, usual);
	make_machine(&f, choice, info, input);
	put_content(&f, choice, input);
	if (kernel_init(&kernel, &f.source, &e) == 0)
		check_kernel(&kernel, &f.source);
	identity_read(&identity, NULL, &f.source, NULL);
	if (!memchr(identity.uts, 0, KDUMP_UTS_FIELD))
		abort();
	kernel_deinit(&kernel);
	fake_deinit(&f);
	return 0;
}
