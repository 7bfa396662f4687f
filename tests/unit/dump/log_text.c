/* A kernel's log as text in a file; logs that VMCOREINFO describes badly; where a kernel's memory starts. */
#include "dump/log_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/paging.h"
#include "kern/printk.h"
#include "sys/file.h"
#include "unit/fake_machine.h"
#include "unit/test.h"

#define LOG                                                                                                            \
	"SYMBOL(log_buf)=ffffffff80100000\nSYMBOL(log_buf_len)=ffffffff80100008\n"                                     \
	"SYMBOL(log_end)=ffffffff8010000c\nSYMBOL(logged_chars)=ffffffff80100010\n"
#define RECORDS                                                                                                        \
	"SYMBOL(log_buf)=ffffffff80100000\nSYMBOL(log_buf_len)=ffffffff80100008\n"                                     \
	"SYMBOL(log_first_idx)=ffffffff8010000c\nSYMBOL(log_next_idx)=ffffffff80100010\n"

static const uint64_t BASE = 0x40000000, TEXT = 0xffffffff80000000;
enum { VARIABLES = 0x100000, BUFFER = 0x101000 };

/* A kernel whose log buffer of 64 bytes begins with text. */
static void start(struct fake *f, const char *info, uint32_t first, uint32_t next, const char *text)
{
	char all[2048];

	fake_init(f, BASE);
	fake_tables(f, 4, BASE);
	snprintf(all, sizeof(all),
		 "SYMBOL(swapper_pg_dir)=ffffffff80000000\nNUMBER(phys_base)=1073741824\nNUMBER(pgtable_l5_enabled)="
		 "0\n%s",
		 info);
	fake_vmcoreinfo(f, all);
	fake_finish(f);
	f->next_table = BASE + 0x1000;
	fake_map(f, TEXT, BASE, 21);
	put_le64(fake_at(f, BASE + VARIABLES), TEXT + BUFFER);
	put_le32(fake_at(f, BASE + VARIABLES + 8), 64);
	put_le32(fake_at(f, BASE + VARIABLES + 12), first);
	put_le32(fake_at(f, BASE + VARIABLES + 16), next);
	memcpy(fake_at(f, BASE + BUFFER), text, strlen(text));
}

static int save_log(struct fake *f, int fd, uint64_t *records, struct error *e)
{
	struct kernel k;
	struct sink *sink = NULL;
	uint64_t damaged = 0;
	int r = kernel_init(&k, &f->source, e);

	if (r == 0)
		r = sink_stream_create(fd, "out", &sink, e);
	if (r == 0)
		r = log_text_save(&k, sink, "the end\n", records, &damaged, e);
	sink_destroyp(&sink);
	kernel_deinit(&k);
	return r;
}

static void into_a_file(struct test *t)
{
	static const char text[] = "<6>one\n<4>two\n";
	uint64_t records = 0;
	struct error e = {.text = ""};
	char path[300], *got = NULL;
	struct fake f;
	size_t length;

	snprintf(path, sizeof(path), "%s/log", t->scratch);
	start(&f, LOG, sizeof(text) - 1, sizeof(text) - 1, text);
	CHECK_INT(t, save_log(&f, open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), &records, &e), 0);
	CHECK_INT(t, records, 2);
	CHECK_INT(t, file_read(path, 4096, &got, &length, &e), 0);
	CHECK_STR(t, got, "<6>one\n<4>two\nthe end\n");
	free(got);
	/* A sink that fails ends the walk with its error. */
	CHECK_INT(t, save_log(&f, open("/dev/full", O_WRONLY | O_CLOEXEC), &records, &e), -ENOSPC);
	CHECK_HAS(t, e.text, "writing to out: No space left");
	/* Unreadable memory, too. */
	f.bad_pfn = (BASE + BUFFER) / FAKE_PAGE;
	CHECK_INT(t, save_log(&f, open("/dev/null", O_WRONLY | O_CLOEXEC), &records, &e), -EIO);
	fake_deinit(&f);
}

/* What VMCOREINFO or memory lacks, in the words of the message. */
static void broken(struct test *t)
{
	static const struct {
		const char *info;
		int code;
		const char *says;
	} cases[] = {
		{"SYMBOL(log_buf)=ffffffff80100000\nSYMBOL(log_end)=ffffffff8010000c\n", -ENODATA, "log_buf"},
		{"SYMBOL(log_buf)=ffffffff80100000\nSYMBOL(log_buf_len)=ffff888000000000\nSYMBOL(log_end)="
		 "ffffffff8010000c\n",
		 -EFAULT, "0xffff888000000000"},
		{"SYMBOL(log_buf)=ffff888000000000\nSYMBOL(log_buf_len)=ffffffff80100008\nSYMBOL(log_end)="
		 "ffffffff8010000c\n",
		 -EFAULT, "0xffff888000000000"},
		{RECORDS, -ENODATA, "layout of printk_log"},
		{RECORDS "SIZE(printk_log)=4\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\n"
			 "OFFSET(printk_log.text_len)=10\n",
		 -ENODATA, "layout of printk_log"},
		{"SYMBOL(log_buf)=ffffffff80100000\nSYMBOL(log_buf_len)=ffffffff80100008\n"
		 "SYMBOL(log_first_idx)=ffffffff8010000c\n",
		 -ENODATA, "log"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error e = {.text = ""};
		uint64_t records;
		struct fake f;

		start(&f, cases[i].info, 0, 24, "");
		CHECK_INT(t, save_log(&f, open("/dev/null", O_WRONLY | O_CLOEXEC), &records, &e), cases[i].code);
		CHECK_HAS(t, e.text, cases[i].says);
		fake_deinit(&f);
	}
}

/* A field outside of the record makes it unreadable, and with it all that follow. */
static void impossible_layout(struct test *t)
{
	struct error e = {.text = ""};
	uint64_t records = 7;
	struct fake f;

	start(&f,
	      RECORDS "SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=16\n"
		      "OFFSET(printk_log.text_len)=10\n",
	      0, 24, "");
	CHECK_INT(t, save_log(&f, open("/dev/null", O_WRONLY | O_CLOEXEC), &records, &e), 0);
	CHECK_INT(t, records, 0);
	fake_deinit(&f);
}

static void phys_base(struct test *t)
{
	struct fake f;
	uint64_t base = 1;

	fake_init(&f, BASE);
	fake_vmcoreinfo(&f, "NUMBER(phys_base)=4096\nNUMBER(PHYS_OFFSET)=8192\n");
	fake_finish(&f);
	CHECK(t, paging_phys_base(&f.source, &base) && base == 4096);
	f.source.machine = 183; /* EM_AARCH64 */
	CHECK(t, paging_phys_base(&f.source, &base) && base == 8192);
	f.source.machine = 8; /* EM_MIPS */
	CHECK(t, !paging_phys_base(&f.source, &base));
	fake_deinit(&f);
	/* Without a number, the segment of the text tells, on x86-64 alone. */
	fake_init(&f, BASE);
	fake_range(&f, BASE, BASE + FAKE_SIZE);
	fake_finish(&f);
	CHECK(t, !paging_phys_base(&f.source, &base));
	f.segments[0].vaddr = TEXT + 0x1000000;
	CHECK(t, paging_phys_base(&f.source, &base));
	CHECK_INT(t, base, BASE - 0x1000000);
	f.source.machine = 183;
	CHECK(t, !paging_phys_base(&f.source, &base));
	fake_deinit(&f);
}

static void unknown_kernels(struct test *t)
{
	struct error e = {.text = ""};
	struct kernel k;
	struct fake f;

	fake_init(&f, BASE);
	fake_finish(&f);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), -ENODATA);
	CHECK_HAS(t, e.text, "VMCOREINFO");
	kernel_deinit(&k);
	fake_vmcoreinfo(&f, "PAGESIZE=4096\n");
	fake_finish(&f);
	f.source.machine = 8;
	CHECK_INT(t, kernel_init(&k, &f.source, &e), -ENODATA);
	CHECK_HAS(t, e.text, "machine type 8");
	kernel_deinit(&k);
	fake_deinit(&f);
}

void suite_log_text(struct test *t)
{
	test_run(t, "a log as text in a file", into_a_file);
	test_run(t, "logs that VMCOREINFO describes badly", broken);
	test_run(t, "a field outside of its record", impossible_layout);
	test_run(t, "where memory starts", phys_base);
	test_run(t, "kernels that cannot be read", unknown_kernels);
}
