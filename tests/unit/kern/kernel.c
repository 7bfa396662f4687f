/* Page tables and the printk ring of a made-up kernel. */
#include "kern/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kern/printk.h"
#include "unit/fake_machine.h"
#include "unit/test.h"

static const uint64_t BASE = 0x40000000;
static const uint64_t TEXT = 0xffffffff80000000;

/* A kernel whose top table is the first page of RAM, loaded at BASE. */
static void start(struct fake *f, unsigned levels, const char *more)
{
	char text[4096];

	fake_init(f, BASE);
	fake_tables(f, levels, BASE);
	snprintf(text, sizeof(text),
		 "SYMBOL(swapper_pg_dir)=ffffffff80000000\nNUMBER(phys_base)=1073741824\nNUMBER(pgtable_l5_enabled)=%"
		 "d\n%s",
		 levels == 5, more);
	fake_vmcoreinfo(f, text);
	fake_finish(f);
}

static void check_translation(struct test *t, unsigned levels)
{
	static const uint64_t huge = 0xffff888040000000, large = 0xffffffff81200000, small = 0xffffc90000001000;
	struct kernel k;
	struct error e;
	struct fake f;
	uint64_t paddr, left;

	start(&f, levels, "");
	fake_map(&f, huge, BASE, 30);
	fake_map(&f, large, BASE + 0x200000, 21);
	fake_map(&f, small, BASE + 0x5000, 12);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	CHECK_INT(t, kernel_translate(&k, huge + 0x1234567, &paddr, &left, &e), 0);
	CHECK_INT(t, paddr, BASE + 0x1234567);
	CHECK_INT(t, left, (1 << 30) - 0x1234567);
	CHECK_INT(t, kernel_translate(&k, large + 0x12345, &paddr, &left, &e), 0);
	CHECK_INT(t, paddr, BASE + 0x212345);
	CHECK_INT(t, left, (2 << 20) - 0x12345);
	CHECK_INT(t, kernel_translate(&k, small + 0xfff, &paddr, &left, &e), 0);
	CHECK_INT(t, paddr, BASE + 0x5fff);
	CHECK_INT(t, left, 1);
	CHECK_INT(t, kernel_translate(&k, small + 0x1000, &paddr, &left, &e), -EFAULT);
	CHECK_INT(t, kernel_translate(&k, 0, &paddr, &left, &e), -EFAULT);
	kernel_deinit(&k);
	fake_deinit(&f);
}

static void four_levels(struct test *t)
{
	check_translation(t, 4);
}

static void five_levels(struct test *t)
{
	check_translation(t, 5);
}

/* SME sets a bit above the address in each entry; it is no part of it. */
static void sme_mask(struct test *t)
{
	uint64_t paddr, left;
	struct kernel k;
	struct error e;
	struct fake f;

	start(&f, 4, "NUMBER(sme_mask)=140737488355328\n");
	fake_map(&f, TEXT, BASE + 0x3000 + (UINT64_C(1) << 47), 12);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	CHECK_INT(t, kernel_translate(&k, TEXT, &paddr, &left, &e), 0);
	CHECK_INT(t, paddr, BASE + 0x3000);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* Tables that point at themselves, or out of RAM, end in an error. */
static void damaged_tables(struct test *t)
{
	uint64_t paddr, left;
	struct kernel k;
	struct error e;
	struct fake f;

	start(&f, 4, "");
	put_le64(fake_at(&f, BASE + 511 * 8), BASE | 1);
	put_le64(fake_at(&f, BASE + 510 * 8), 0x000ffffffffff001);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	CHECK_INT(t, kernel_translate(&k, UINT64_MAX, &paddr, &left, &e), 0);
	CHECK_INT(t, paddr, BASE + 0xfff);
	CHECK_INT(t, kernel_translate(&k, TEXT, &paddr, &left, &e), -ENXIO);
	CHECK_INT(t, kernel_translate(&k, 0xffffff0000000000, &paddr, &left, &e), -ENXIO);
	kernel_deinit(&k);
	fake_deinit(&f);
}

static void no_vmcoreinfo(struct test *t)
{
	struct kernel k;
	uint64_t base;
	struct error e;
	struct fake f;

	fake_init(&f, BASE);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), -ENODATA);
	CHECK_HAS(t, e.text, "VMCOREINFO");
	kernel_deinit(&k);
	CHECK(t, !paging_phys_base(&f.source, &base));
	f.segments[0].vaddr = TEXT + 0x1000000;
	CHECK(t, paging_phys_base(&f.source, &base));
	CHECK_INT(t, base, BASE - 0x1000000);
	fake_vmcoreinfo(&f, "SYMBOL(swapper_pg_dir)=fffff"); /* cut */
	CHECK_INT(t, kernel_init(&k, &f.source, &e), -ENODATA);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* The name is where VMCOREINFO says, or behind an int where it does not yet say (before 5.11). */
static void check_uts(struct test *t, const char *keys, uint64_t offset, int want)
{
	uint8_t uts[UTS_SIZE];
	struct kernel k;
	struct error e;
	struct fake f;

	start(&f, 4, keys);
	fake_map(&f, TEXT, BASE + 0x100000, 12);
	memcpy(fake_at(&f, BASE + 0x100000 + 0x40 + offset), "Linux", 6);
	memcpy(fake_at(&f, BASE + 0x100000 + 0x40 + offset + UTS_FIELD), "host", 5);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	CHECK_INT(t, kernel_read_uts(&k, uts, &e), want);
	if (want == 0)
		CHECK_STR(t, (const char *)uts + UTS_FIELD, "host");
	kernel_deinit(&k);
	fake_deinit(&f);
}

static void kernel_name(struct test *t)
{
	static const char before[] = "SYMBOL(init_uts_ns)=ffffffff80000040\n";
	static const char told[] = "SYMBOL(init_uts_ns)=ffffffff80000040\nOFFSET(uts_namespace.name)=0\n";

	check_uts(t, before, 4, 0);
	check_uts(t, told, 0, 0);
	check_uts(t, told, 8, -ENODATA);
	check_uts(t, "", 0, -ENODATA);
}

/* --- the printk ring ---------------------------------------------------------------------------------------------- */

enum {
	COUNT_BITS = 3,
	DATA_BITS = 8,
	AT_PRB = 0x100000, /* all in one 2 MiB page at TEXT, physically at BASE */
	AT_RING = 0x100100,
	AT_DESCS = 0x101000, /* 24 bytes each: state, begin, next */
	AT_INFOS = 0x102000, /* 32 bytes each: seq, ts, text_len at 16 */
	AT_DATA = 0x103000,
};

static const char ring_info[] =
	"SYMBOL(prb)=ffffffff80100000\n"
	"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=64\n"
	"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
	"OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\n"
	"SIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n"
	"OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\n"
	"SIZE(printk_info)=32\nOFFSET(printk_info.seq)=0\nOFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)="
	"16\n"
	"OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\nOFFSET(atomic_long_t.counter)=0\n";

static void start_ring(struct fake *f, uint64_t tail, uint64_t head)
{
	uint8_t *ring;

	start(f, 4, ring_info);
	f->next_table = BASE + 0x1000;
	fake_map(f, TEXT, BASE, 21);
	put_le64(fake_at(f, BASE + AT_PRB), TEXT + AT_RING);
	ring = fake_at(f, BASE + AT_RING);
	put_le32(ring, COUNT_BITS);
	put_le64(ring + 8, TEXT + AT_DESCS);
	put_le64(ring + 16, TEXT + AT_INFOS);
	put_le64(ring + 24, head);
	put_le64(ring + 32, tail);
	put_le32(ring + 64, DATA_BITS);
	put_le64(ring + 72, TEXT + AT_DATA);
}

/* One record: its state's top bits, and its text at begin in the data ring, as a block up to next. */
static void put_record(struct fake *f, uint64_t id, unsigned state, uint64_t begin, uint64_t next, const char *text)
{
	uint64_t slot = id % (1 << COUNT_BITS), size = 1 << DATA_BITS;
	uint8_t *desc = fake_at(f, BASE + AT_DESCS + slot * 24), *info = fake_at(f, BASE + AT_INFOS + slot * 32);
	uint64_t at = begin / size == (next - 1) / size ? begin % size : 0;

	put_le64(desc, (id & UINT64_MAX >> 2) | (uint64_t)state << 62);
	put_le64(desc + 8, begin);
	put_le64(desc + 16, next);
	put_le64(info, id);
	put_le64(info + 8, id * 1000001000);
	put_le16(info + 16, (uint16_t)strlen(text));
	if (!(begin & 1))
		memcpy(fake_at(f, BASE + AT_DATA + at + 8), text, strlen(text));
}

static int append(void *context, const struct printk_record *record, struct error *e)
{
	char line[512];

	(void)e;
	printk_format(record, line, sizeof(line));
	strcat(context, line);
	return 0;
}

static int64_t walk(struct fake *f, char *out, uint64_t *bad)
{
	struct kernel k;
	struct error e;
	int64_t n;

	out[0] = 0;
	if (kernel_init(&k, &f->source, &e) < 0)
		return -1;
	n = printk_walk(&k, append, out, bad, &e);
	if (n < 0)
		strcpy(out, e.text);
	kernel_deinit(&k);
	return n;
}

static void ring_records(struct test *t)
{
	char out[4096];
	struct fake f;
	uint64_t bad;

	start_ring(&f, 4, 9);
	put_record(&f, 4, 2, 0x420, 0x430, "first");
	put_record(&f, 5, 2, 0x430, 0x450, "two\nlines \x1b[0m");
	put_record(&f, 6, 0, 0x450, 0x468, "reserved, not shown");
	put_record(&f, 7, 1, 1, 3, "");                    /* data-less */
	put_record(&f, 8, 2, 0x4f0, 0x510, "wrapped");     /* did not fit before 0x500: lies at 0x500 */
	put_record(&f, 1, 2, 0x510, 0x520, "reused slot"); /* slot 1 holds id 1, not 9 */
	CHECK_INT(t, walk(&f, out, &bad), 4);
	CHECK_INT(t, bad, 0);
	CHECK_STR(t, out,
		  "[    4.000004] first\n[    5.000005] two\n               lines .[0m\n[    7.000007] \n"
		  "[    8.000008] wrapped\n");
	fake_deinit(&f);
}

/* A block that ends exactly at the ring's end: unwrapped on kernels with the fix, wrapped (and its text elsewhere)
 * never. */
static void ring_ends_exactly(struct test *t)
{
	char out[4096];
	struct fake f;
	uint64_t bad;

	start_ring(&f, 0, 0);
	put_record(&f, 0, 2, 0x1f0, 0x200, "fits");
	CHECK_INT(t, walk(&f, out, &bad), 1);
	CHECK_STR(t, out, "[    0.000000] fits\n");
	fake_deinit(&f);
}

static void ring_damaged(struct test *t)
{
	char out[4096];
	struct fake f;
	uint64_t bad;

	start_ring(&f, 0, 3);
	put_record(&f, 0, 2, 0x000, 0x010, "fine");
	put_record(&f, 1, 2, 0x010, 0x950, ""); /* laps apart */
	put_record(&f, 2, 2, 0x020, 0x024, ""); /* no room for its id */
	put_record(&f, 3, 2, 0x030, 0x040, "cut to its block, not beyond");
	CHECK_INT(t, walk(&f, out, &bad), 2);
	CHECK_INT(t, bad, 2);
	CHECK_STR(t, out, "[    0.000000] fine\n[    3.000003] cut to i\n");
	/* Ids that are worlds apart: at most one look at each slot. */
	put_le64(fake_at(&f, BASE + AT_RING + 24), 3);
	put_le64(fake_at(&f, BASE + AT_RING + 32), 77777777777);
	CHECK(t, walk(&f, out, &bad) >= 1);
	put_le32(fake_at(&f, BASE + AT_RING), 60);
	CHECK_INT(t, walk(&f, out, &bad), -ENODATA);
	CHECK_HAS(t, out, "damaged");
	fake_deinit(&f);
}

static int count_text(void *context, const struct printk_record *record, struct error *e)
{
	(void)e;
	*(uint64_t *)context += record->size;
	return 0;
}

/* Each of 2^24 records claims the ring's whole text, as one page of descriptors that is mapped everywhere can: what is
 * saved of them is no more than a sane ring holds, and the newest. */
static void ring_without_end(struct test *t)
{
	uint64_t bad, text = 0;
	struct kernel k;
	struct error e;
	struct fake f;

	start_ring(&f, 0, 7);
	for (uint64_t id = 0; id < 8; id++) {
		put_record(&f, id, 2, 0x100, 0x200, "");
		put_le16(fake_at(&f, BASE + AT_INFOS + id * 32 + 16), 200);
	}
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	CHECK_INT(t, printk_walk(&k, count_text, &text, &bad, &e), 2);
	CHECK_INT(t, text, 400);
	CHECK_INT(t, bad, 1);
	kernel_deinit(&k);
	/* None of 2^24 records can be read: of so many only the newest are tried. */
	put_le32(fake_at(&f, BASE + AT_RING), 24);
	put_le64(fake_at(&f, BASE + AT_RING + 8), 0);
	put_le64(fake_at(&f, BASE + AT_RING + 16), 0);
	put_le64(fake_at(&f, BASE + AT_RING + 24), (1 << 24) - 1);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	CHECK_INT(t, printk_walk(&k, count_text, &text, &bad, &e), 0);
	CHECK_INT(t, bad, (1 << 20) + 1);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* --- the formats before ------------------------------------------------------------------------------------------- */

#define RECORD_INFO                                                                                                    \
	"SYMBOL(log_buf)=ffffffff80100000\nSYMBOL(log_buf_len)=ffffffff80100008\n"                                     \
	"SYMBOL(log_first_idx)=ffffffff8010000c\nSYMBOL(log_next_idx)=ffffffff80100010\n"

/* A buffer of 256 bytes at TEXT + AT_DATA. */
static void start_log(struct fake *f, const char *info, uint32_t first, uint32_t next)
{
	start(f, 4, info);
	f->next_table = BASE + 0x1000;
	fake_map(f, TEXT, BASE, 21);
	put_le64(fake_at(f, BASE + AT_PRB), TEXT + AT_DATA);
	put_le32(fake_at(f, BASE + AT_PRB + 8), 256);
	put_le32(fake_at(f, BASE + AT_PRB + 12), first);
	put_le32(fake_at(f, BASE + AT_PRB + 16), next);
}

/* A record of the 3.5 to 5.9 format: 16 bytes of header, text, padding to 8. Returns the next index. */
static uint32_t put_log(struct fake *f, uint32_t at, uint64_t seconds, const char *text)
{
	uint8_t *p = fake_at(f, BASE + AT_DATA + at);
	uint32_t length = (uint32_t)(16 + strlen(text) + 7) / 8 * 8;

	put_le64(p, seconds * 1000000000);
	put_le16(p + 8, (uint16_t)length);
	put_le16(p + 10, (uint16_t)strlen(text));
	memcpy(p + 16, text, strlen(text));
	return at + length;
}

static void log_records(struct test *t)
{
	static const char *const infos[] = {
		RECORD_INFO "SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\n"
			    "OFFSET(printk_log.text_len)=10\n",
		RECORD_INFO "SIZE(log)=16\nOFFSET(log.ts_nsec)=0\nOFFSET(log.len)=8\nOFFSET(log.text_len)=10\n",
	};

	for (int i = 0; i < 2; i++) {
		char out[4096];
		struct fake f;
		uint64_t bad;
		uint32_t at;

		/* The oldest is near the end; a length of 0 says that the next one is at the start. */
		start_log(&f, infos[i], 192, 0);
		at = put_log(&f, 192, 7, "oldest");
		put_le16(fake_at(&f, BASE + AT_DATA + at + 8), 0);
		at = put_log(&f, 0, 8, "two\nlines");
		at = put_log(&f, at, 9, "newest");
		put_le32(fake_at(&f, BASE + AT_PRB + 16), at);
		CHECK_INT(t, walk(&f, out, &bad), 3);
		CHECK_INT(t, bad, 0);
		CHECK_STR(t, out,
			  "[    7.000000] oldest\n[    8.000000] two\n               lines\n[    9.000000] newest\n");
		fake_deinit(&f);
	}
}

/* Cycles, lengths that cannot be, and a text longer than its record end the walk. */
static void log_damaged(struct test *t)
{
	static const struct {
		uint16_t len, text_len;
	} cases[] = {{8, 0}, {1000, 4}, {24, 9}, {0, 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[4096];
		struct fake f;
		uint64_t bad;
		uint32_t at;

		start_log(&f,
			  RECORD_INFO "SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\n"
				      "OFFSET(printk_log.len)=8\nOFFSET(printk_log.text_len)=10\n",
			  0, 200);
		at = put_log(&f, 0, 1, "fine");
		put_le16(fake_at(&f, BASE + AT_DATA + at + 8), cases[i].len);
		put_le16(fake_at(&f, BASE + AT_DATA + at + 10), cases[i].text_len);
		CHECK(t, walk(&f, out, &bad) >= 1);
		CHECK_INT(t, bad, 1);
		CHECK_HAS(t, out, "[    1.000000] fine\n");
		fake_deinit(&f);
	}
}

/* Before 3.5: a ring of text, of which log_end counts every byte that there ever was. */
static void log_plain(struct test *t)
{
	static const char info[] = "SYMBOL(log_buf)=ffffffff80100000\nSYMBOL(log_buf_len)=ffffffff80100008\n"
				   "SYMBOL(log_end)=ffffffff8010000c\nSYMBOL(logged_chars)=ffffffff80100010\n";
	static const char text[] = "<6>[    1.000000] first\n<4>second\x01\nthe last, unended";
	char out[4096];
	struct fake f;
	uint64_t bad;

	start_log(&f, info, 1000 * 256 + 10, sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		*fake_at(&f, BASE + AT_DATA + (1000 * 256 + 10 - (sizeof(text) - 1) + i) % 256) = (uint8_t)text[i];
	CHECK_INT(t, walk(&f, out, &bad), 3);
	CHECK_STR(t, out, "<6>[    1.000000] first\n<4>second.\nthe last, unended\n");
	put_le32(fake_at(&f, BASE + AT_PRB + 8), 0);
	CHECK_INT(t, walk(&f, out, &bad), -ENODATA);
	fake_deinit(&f);
}

static void no_log(struct test *t)
{
	char out[4096];
	struct fake f;
	uint64_t bad;

	start(&f, 4, "SYMBOL(log_buf)=ffffffff80100000\n");
	CHECK_INT(t, walk(&f, out, &bad), -ENODATA);
	CHECK_HAS(t, out, "where the kernel log is");
	fake_deinit(&f);
}

void suite_kernel(struct test *t)
{
	test_run(t, "four levels of page tables, three sizes of pages", four_levels);
	test_run(t, "five levels", five_levels);
	test_run(t, "the SME bit", sme_mask);
	test_run(t, "damaged tables", damaged_tables);
	test_run(t, "VMCOREINFO missing or cut", no_vmcoreinfo);
	test_run(t, "the kernel's name, before and after 5.11", kernel_name);
	test_run(t, "printk records: lines, wrapped, data-less, reused", ring_records);
	test_run(t, "a block that ends where the ring ends", ring_ends_exactly);
	test_run(t, "a damaged ring", ring_damaged);
	test_run(t, "a ring that claims more than it can hold", ring_without_end);
	test_run(t, "the log's records of 3.5 to 5.9", log_records);
	test_run(t, "damaged records", log_damaged);
	test_run(t, "the plain log before 3.5", log_plain);
	test_run(t, "no log", no_log);
}
