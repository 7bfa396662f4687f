/* Opening vmcores, good and damaged, and reading pages of them. */
#include "dump/vmcore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/dump_summary.h"
#include "fmt/elf.h"
#include "unit/fake_machine.h"
#include "unit/test.h"

static const uint64_t BASE = 0x100000;

/* Three ranges: one ends inside a page, the next begins in the same page, the third is apart; and a text segment that
 * overlaps the first. */
static void three_ranges(struct fake *f)
{
	fake_init(f, BASE);
	fake_fill(f, BASE / FAKE_PAGE, 300);
	fake_range(f, BASE, BASE + 0x8800);
	fake_range(f, BASE + 0x8c00, BASE + 0x20000);
	fake_range(f, BASE + 0x100000, BASE + 0x120000);
	fake_vmcoreinfo(f, "OSRELEASE=6.1.0-fake\nPAGESIZE=4096\n");
	fake_finish(f);
}

static const char *write_file(struct test *t, struct fake *f)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/vmcore", t->scratch);
	CHECK(t, fake_write_vmcore(f, path));
	return path;
}

static void opens(struct test *t)
{
	struct source *s = NULL;
	struct view view;
	struct fake f;
	const uint8_t *page;
	uint8_t bytes[100];
	struct error e = {.text = ""};
	uint64_t first, last;

	three_ranges(&f);
	CHECK_INT(t, vmcore_open(write_file(t, &f), NULL, &s, &e), 0);
	CHECK_STR(t, e.text, "");
	if (!s)
		return;
	CHECK_INT(t, s->nr_ranges, 3);
	CHECK_INT(t, s->vmcoreinfo.size, strlen("OSRELEASE=6.1.0-fake\nPAGESIZE=4096\n"));
	CHECK_INT(t, source_max_pfn(s), (BASE + 0x120000) / FAKE_PAGE);
	source_pfns(s, 0, &first, &last);
	CHECK_INT(t, last, BASE / FAKE_PAGE + 9); /* the shared page counts here ... */
	source_pfns(s, 1, &first, &last);
	CHECK_INT(t, first, BASE / FAKE_PAGE + 9); /* ... and not here */
	view_init(&view, s, 8192);
	CHECK_INT(t, view_page(&view, BASE / FAKE_PAGE + 3, &page, &e), 0);
	CHECK_MEM(t, page, fake_at(&f, BASE + 3 * FAKE_PAGE), FAKE_PAGE);
	/* The page between two ranges: 0x800 bytes, a hole of zeros, 0x400 bytes. */
	CHECK_INT(t, view_page(&view, BASE / FAKE_PAGE + 8, &page, &e), 0);
	CHECK_MEM(t, page, fake_at(&f, BASE + 0x8000), 0x800);
	CHECK(t, page[0x800] == 0 && page[0xbff] == 0);
	CHECK_MEM(t, page + 0xc00, fake_at(&f, BASE + 0x8c00), 0x400);
	CHECK_INT(t, view_read(&view, BASE + 0x1ffd0, bytes, 48, &e), 0);
	CHECK_INT(t, view_read(&view, BASE + 0x1ffd0, bytes, 49, &e), -ENXIO);
	view_deinit(&view);
	vmcore_close(s);
	fake_deinit(&f);
}

/* The kernel's text lies inside RAM: such overlaps are normal, and the longer segment serves. */
static void physical_overlap(struct test *t)
{
	struct source *s = NULL;
	struct error e;
	struct fake f;

	fake_init(&f, BASE);
	fake_range(&f, BASE + 0x4000, BASE + 0x6000);
	f.segments[0].vaddr = 0xffffffff81000000;
	fake_range(&f, BASE, BASE + 0x10000);
	fake_range(&f, BASE + 0x10000, BASE + 0x20000);
	fake_finish(&f);
	CHECK_INT(t, vmcore_open(write_file(t, &f), NULL, &s, &e), 0);
	if (!s)
		return;
	CHECK_INT(t, s->nr_segments, 3);
	CHECK_INT(t, s->nr_ranges, 1);
	CHECK_INT(t, s->ranges[0].end - s->ranges[0].start, 0x20000);
	vmcore_close(s);
	fake_deinit(&f);
}

/* Cut at 50 places from its first byte to its last: always refused, with a reason. */
static void cut_short(struct test *t)
{
	struct source *s;
	struct fake f;
	struct stat st;
	const char *path;
	struct error e;

	three_ranges(&f);
	path = write_file(t, &f);
	CHECK_INT(t, stat(path, &st), 0);
	for (int i = 49; i >= 0; i--) {
		CHECK_INT(t, truncate(path, i == 49 ? st.st_size - 1 : st.st_size * i / 50), 0);
		e.text[0] = 0;
		CHECK(t, vmcore_open(path, NULL, &s, &e) < 0);
		CHECK_HAS(t, e.text, path);
		CHECK(t, strstr(e.text, "cut short") || strstr(e.text, "empty"));
	}
	fake_deinit(&f);
}

/* Changes one 64-bit field of a program header in the file. */
static void patch_phdr(const char *path, int index, int field, uint64_t value)
{
	FILE *f = fopen(path, "r+b");
	uint8_t bytes[8];

	put_le64(bytes, value);
	fseek(f, ELF_HEADER_SIZE + index * ELF_PHDR_SIZE + field, SEEK_SET);
	fwrite(bytes, 1, 8, f);
	fclose(f);
}

static void damaged(struct test *t)
{
	enum { OFFSET = 8, PADDR = 24, FILESZ = 32 };
	static const struct {
		int index, field;
		uint64_t value;
		const char *why;
	} cases[] = {
		{2, OFFSET, 65536 * 2 + 0x4000, "share the file's bytes"},
		{2, OFFSET, UINT64_MAX - 100, "cut short"},
		{2, FILESZ, UINT64_MAX, "cut short"},
		{2, FILESZ, 1 << 30, "cut short"},
		{2, PADDR, UINT64_MAX - 5, "beyond any machine's memory"},
		{0, FILESZ, 1 << 30, "notes"},
		{0, OFFSET, UINT64_MAX, "cut short"},
	};
	struct source *s;
	struct error e;
	struct fake f;

	three_ranges(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = write_file(t, &f);

		patch_phdr(path, cases[i].index, cases[i].field, cases[i].value);
		CHECK(t, vmcore_open(path, NULL, &s, &e) < 0);
		CHECK_HAS(t, e.text, cases[i].why);
	}
	fake_deinit(&f);
}

static void not_files(struct test *t)
{
	struct source *s;
	struct error e;

	CHECK_INT(t, vmcore_open(t->scratch, NULL, &s, &e), -EISDIR);
	CHECK_INT(t, vmcore_open("/dev/null", NULL, &s, &e), -EINVAL);
	CHECK_HAS(t, e.text, "not a regular file");
	CHECK_INT(t, vmcore_open("/nonexistent/vmcore", NULL, &s, &e), -ENOENT);
}

/* A file that becomes shorter after it was opened is a read error, not a signal. */
static void shrinks(struct test *t)
{
	const uint8_t *page;
	struct source *s;
	struct view view;
	struct fake f;
	const char *path;
	struct error e;

	three_ranges(&f);
	path = write_file(t, &f);
	CHECK_INT(t, vmcore_open(path, NULL, &s, &e), 0);
	CHECK_INT(t, truncate(path, 65536 * 2 + 0x3000), 0);
	view_init(&view, s, 1 << 20);
	CHECK_INT(t, view_page(&view, BASE / FAKE_PAGE + 2, &page, &e), 0); /* before the cut */
	CHECK_INT(t, view_page(&view, BASE / FAKE_PAGE + 4, &page, &e), -EIO);
	CHECK_HAS(t, e.text, "shorter");
	view_deinit(&view);
	vmcore_close(s);
	fake_deinit(&f);
}

/* A damaged note, and padding that is no whole number of empty notes: what a dump appends behind them is found. */
static void notes_are_cut(struct test *t)
{
	static const struct {
		uint32_t namesz; /* of the last note */
		size_t padding;
	} kinds[] = {{5, 4}, {5, 4096}, {0x7fffffff, 0}, {5, 0}};
	struct source *s;
	struct fake f;
	struct error e;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct dump_stats stats = {.zero = 17}, read = {.zero = 0};
		uint8_t notes[8192];
		unsigned level;
		size_t last;

		three_ranges(&f);
		last = f.notes_size;
		fake_note(&f, "CORE", ELF_NT_PRSTATUS, "1234", 4);
		put_le32(f.notes + last, kinds[i].namesz);
		f.notes_size += kinds[i].padding;
		fake_finish(&f);
		CHECK_INT(t, vmcore_open(write_file(t, &f), NULL, &s, &e), 0);
		CHECK_INT(t, s->vmcoreinfo.size, strlen("OSRELEASE=6.1.0-fake\nPAGESIZE=4096\n"));
		CHECK_INT(t, s->notes.size, kinds[i].namesz == 5 ? last + 24 : last);
		memcpy(notes, s->notes.data, s->notes.size);
		summary_write_note(notes + s->notes.size, &stats, 31, true);
		CHECK(t, summary_read_note(span_of(notes, s->notes.size + SUMMARY_NOTE_SIZE), &read, &level));
		CHECK_INT(t, read.zero, 17);
		vmcore_close(s);
		fake_deinit(&f);
	}
}

void suite_vmcore(struct test *t)
{
	test_run(t, "opens, and pages that ranges share", opens);
	test_run(t, "segments that overlap physically", physical_overlap);
	test_run(t, "cut short at 50 places", cut_short);
	test_run(t, "damaged program headers", damaged);
	test_run(t, "not a file", not_files);
	test_run(t, "a file that shrinks", shrinks);
	test_run(t, "notes that are damaged or padded", notes_are_cut);
}
