/* Codecs, encoders and sinks: what is written reads back as the pages of the source, and faults lose nothing quietly.
 */
#include "dump/deflate_from_lz4.h"
#include "dump/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lz4.h>
#include <zlib.h>

#include "dump/sink/sink_open.h"
#include "dump/target/dump_directory.h"
#include "dump/target/retention.h"
#include "dump/info.h"
#include "dump/dump_summary.h"
#include "dump/vmcore.h"
#include "fmt/elf.h"
#include "fmt/flattened.h"
#include "sys/file.h"
#include "unit/fake_machine.h"
#include "unit/faults.h"
#include "unit/test.h"

static const uint64_t BASE = 0x10000000;

/* --- codecs ------------------------------------------------------------------------------------------------------- */

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

/* Pages of many kinds: runs, short and long repeats, text, noise. */
static void make_page(uint8_t *page, size_t size, unsigned kind)
{
	for (size_t i = 0; i < size; i++) {
		size_t back = 1 + next_random() % (i + 1);

		switch (kind % 5) {
		case 0:
			page[i] = (uint8_t)(kind / 5);
			break;
		case 1:
			page[i] = (uint8_t)next_random();
			break;
		case 2:
			page[i] = (uint8_t)("the quick brown fox "[i % 20] + (next_random() % 40 == 0));
			break;
		case 3:
			page[i] = i >= back && next_random() % 8 ? page[i - back] : (uint8_t)next_random();
			break;
		default:
			page[i] = i > 400 && i % 1000 > 10 ? page[i - 259 - kind / 5] : (uint8_t)next_random();
		}
	}
}

static void check_codec(struct test *t, enum codec_kind kind, size_t size)
{
	uint8_t *page = malloc(size), *back = malloc(size);
	struct codec *codec = NULL;
	struct error e;
	int smaller = 0;

	CHECK_INT(t, codec_create(kind, size, &codec, &e), 0);
	for (unsigned i = 0; i < 300; i++) {
		const uint8_t *out;
		uLongf n = size;
		size_t stored;

		make_page(page, size, i);
		stored = codec_encode(codec, page, &out);
		CHECK(t, stored <= size);
		if (stored == size) {
			CHECK(t, out == page);
			continue;
		}
		smaller++;
		CHECK_INT(t, uncompress(back, &n, out, stored), Z_OK);
		CHECK_INT(t, n, size);
		CHECK_MEM(t, back, page, size);
	}
	CHECK(t, kind == CODEC_NONE ? smaller == 0 : smaller > 100);
	codec_destroyp(&codec);
	free(page);
	free(back);
}

static void codecs(struct test *t)
{
	check_codec(t, CODEC_NONE, 4096);
	check_codec(t, CODEC_ZLIB, 4096);
	check_codec(t, CODEC_FAST, 4096);
	check_codec(t, CODEC_ZLIB, 65536);
	check_codec(t, CODEC_FAST, 65536);
}

/* An LZ4 block that is damaged gives no stream. */
static void damaged_lz4(struct test *t)
{
	static const uint8_t bad[][6] = {
		{0x10, 'a', 0, 0}, {0x10, 'a', 2, 0}, {0xf0, 255}, {0x1f, 'a', 1, 0}, {0x50, 'a'}};
	uint8_t page[64] = {0}, out[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(t, deflate_from_lz4(bad[i], 4, page, sizeof(page), out, sizeof(out)), 0);
}

/* --- a machine and its dumps -------------------------------------------------------------------------------------- */

/* 1024 pages: text, zeros, a hole of 100 pages, noise, more than 256 zero pages, and a page shared by two ranges. */
static void make_machine(struct fake *f)
{
	uint8_t prstatus[336] = {0};

	fake_init(f, BASE);
	fake_fill(f, BASE / FAKE_PAGE, 200);
	memset(fake_at(f, BASE + 50 * FAKE_PAGE), 0, 20 * FAKE_PAGE);
	for (int i = 0; i < 50 * FAKE_PAGE; i++)
		*fake_at(f, BASE + 400 * FAKE_PAGE + (uint64_t)i) = (uint8_t)next_random();
	fake_fill(f, BASE / FAKE_PAGE + 900, 124);
	fake_range(f, BASE, BASE + 200 * FAKE_PAGE);
	fake_range(f, BASE + 300 * FAKE_PAGE, BASE + 950 * FAKE_PAGE + 100);
	fake_range(f, BASE + 950 * FAKE_PAGE + 200, BASE + FAKE_SIZE);
	fake_note(f, "CORE", ELF_NT_PRSTATUS, prstatus, sizeof(prstatus));
	fake_note(f, "CORE", ELF_NT_PRSTATUS, prstatus, sizeof(prstatus));
	fake_vmcoreinfo(f, "OSRELEASE=6.1.0-fake\nPAGESIZE=4096\nCRASHTIME=1700000000\n");
	fake_finish(f);
}

static int save_to(struct fake *f, const struct save_options *o, unsigned how, const char *path,
		   struct dump_stats *stats, struct error *e)
{
	struct dump_identity id = {.uts = "Linux", .crash_time = 1700000000, .phys_base = 0x1000};
	struct sink *sink = NULL;
	int r = sink_open(path, how, &sink, e);

	if (r == 0)
		r = save_dump(&f->source, NULL, &id, o, sink, NULL, NULL, stats, e);
	sink_destroyp(&sink);
	return r;
}

/* A small reader of KDUMP, for these tests: the page of a pfn; 1, 0 for no bit, -1 for a zero descriptor, -2 damage. */
static int kdump_page(struct span file, uint64_t pfn, uint8_t *page)
{
	struct kdump_header h;
	struct kdump_layout at;
	uint64_t rank = 0, offset;
	uint32_t size, flags;
	uLongf n = FAKE_PAGE;
	struct error e;

	if (kdump_read_header(file, span_part(file, FAKE_PAGE, KDUMP_SUB_HEADER_SIZE), &h, &e) < 0)
		return -2;
	kdump_layout(&h, 0, &at);
	if (!(file.data[at.bitmap2 + pfn / 8] >> pfn % 8 & 1))
		return 0;
	for (uint64_t i = 0; i < pfn; i++)
		rank += file.data[at.bitmap2 + i / 8] >> i % 8 & 1;
	offset = get_le64(file.data + at.descs + rank * KDUMP_DESC_SIZE);
	size = get_le32(file.data + at.descs + rank * KDUMP_DESC_SIZE + 8);
	flags = get_le32(file.data + at.descs + rank * KDUMP_DESC_SIZE + 12);
	if (!offset)
		return -1;
	if (!span_has(file, offset, size))
		return -2;
	if (flags == KDUMP_PAGE_RAW && size == FAKE_PAGE)
		memcpy(page, file.data + offset, FAKE_PAGE);
	else if (flags != KDUMP_PAGE_ZLIB || uncompress(page, &n, file.data + offset, size) != Z_OK || n != FAKE_PAGE)
		return -2;
	return 1;
}

/* What a reader must see of a pfn: the parts of it that ranges cover, zeros elsewhere; false where none does. */
static bool expected_page(struct fake *f, uint64_t pfn, uint8_t *page)
{
	bool any = false;

	memset(page, 0, FAKE_PAGE);
	for (size_t i = 0; i < f->source.nr_ranges; i++)
		for (uint64_t a = pfn * FAKE_PAGE; a < (pfn + 1) * FAKE_PAGE; a++)
			if (a >= f->ranges[i].start && a < f->ranges[i].end) {
				page[a % FAKE_PAGE] = *fake_at(f, a);
				any = true;
			}
	return any;
}

static struct span slurp(struct test *t, const char *path)
{
	struct error e;
	char *data = NULL;
	size_t size = 0;

	CHECK_INT(t, file_read(path, 1 << 28, &data, &size, &e), 0);
	return span_of(data, size);
}

static void compare_kdump(struct test *t, struct fake *f, struct span file)
{
	static uint8_t want[FAKE_PAGE], got[FAKE_PAGE];

	for (uint64_t pfn = BASE / FAKE_PAGE - 3; pfn < BASE / FAKE_PAGE + FAKE_PAGES; pfn++) {
		bool there = expected_page(f, pfn, want);

		CHECK_INT(t, kdump_page(file, pfn, got), there ? 1 : 0);
		if (there)
			CHECK_MEM(t, got, want, FAKE_PAGE);
	}
}

static void kdump_reads_back(struct test *t)
{
	static const enum codec_kind kinds[] = {CODEC_NONE, CODEC_ZLIB, CODEC_FAST};
	struct dump_stats stats;
	struct dump_info info;
	char path[300];
	struct error e;
	struct stat st;
	struct fake f;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	for (unsigned i = 0; i < 6; i++) {
		struct save_options o = {.codec = kinds[i / 2], .level = i % 2};
		struct span file;

		CHECK_INT(t, save_to(&f, &o, SINK_REPLACE, path, &stats, &e), 0);
		CHECK_INT(t, stats.pages, 200 + 724);
		CHECK_INT(t, stats.zero, 20 + 100 + 450);
		CHECK_INT(t, stats.unreadable, 0);
		file = slurp(t, path);
		CHECK_INT(t, file.size, stats.size);
		compare_kdump(t, &f, file);
		CHECK_INT(t, dump_info_read(path, &info, &e), 0);
		CHECK(t, !info.incomplete);
		CHECK_INT(t, info.header.nr_cpus, 2);
		CHECK_INT(t, info.header.dump_level, i % 2);
		CHECK_INT(t, info.dumped, 924);
		CHECK_INT(t, info.missing, 0);
		free((void *)file.data);
	}
	CHECK_INT(t, stat(path, &st), 0);
	CHECK_INT(t, st.st_mode & 07777, 0600);
	fake_deinit(&f);
}

/* Into a pipe: raw pages at places known beforehand. */
static void kdump_in_order(struct test *t)
{
	struct save_options o = {.level = 1};
	struct dump_stats stats;
	char path[300];
	struct span file;
	struct error e;
	struct fake f;
	int fd, saved;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/stream", t->scratch);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND, 0600); /* appending: an offset cannot matter */
	fflush(stdout);
	saved = dup(1);
	dup2(fd, 1);
	close(fd);
	CHECK_INT(t, save_to(&f, &o, 0, "-", &stats, &e), 0);
	dup2(saved, 1);
	close(saved);
	file = slurp(t, path);
	CHECK_INT(t, file.size, stats.size);
	compare_kdump(t, &f, file);
	free((void *)file.data);
	fake_deinit(&f);
}

/* Applies flattened records, as `makedumpfile -R` does. */
static struct span rearrange(struct test *t, struct span flat)
{
	uint8_t *out = calloc(1, 1 << 24);
	size_t pos = FLATTENED_HEADER_SIZE, most = 0;

	CHECK_MEM(t, flat.data, "makedumpfile", 12);
	for (;;) {
		uint64_t offset, size;

		if (!span_has(flat, pos, 16)) {
			CHECK(t, !"the end mark is missing");
			break;
		}
		offset = get_be64(flat.data + pos);
		size = get_be64(flat.data + pos + 8);
		pos += 16;
		if (offset == UINT64_MAX)
			break;
		CHECK(t, span_has(flat, pos, size) && offset + size <= 1 << 24);
		memcpy(out + offset, flat.data + pos, size);
		most = offset + size > most ? offset + size : most;
		pos += size;
	}
	CHECK_INT(t, pos, flat.size);
	return span_of(out, most);
}

static void kdump_flattened(struct test *t)
{
	struct save_options o = {.codec = CODEC_FAST, .level = 1};
	struct dump_stats stats;
	struct span flat, file;
	char path[300];
	struct error e;
	struct fake f;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/flat", t->scratch);
	CHECK_INT(t, save_to(&f, &o, SINK_FLATTENED, path, &stats, &e), 0);
	flat = slurp(t, path);
	file = rearrange(t, flat);
	CHECK_INT(t, file.size, stats.size);
	compare_kdump(t, &f, file);
	free((void *)flat.data);
	free((void *)file.data);
	fake_deinit(&f);
}

/* ELF: the segments' bytes are the source's; what is left out reads as zeros. */
static void compare_elf(struct test *t, struct fake *f, struct span file, unsigned level)
{
	uint64_t seen = 0, left_out = 0;
	struct elf_header h = {.phnum = 0};
	struct elf_phdr p;
	struct error e;

	CHECK_INT(t, elf_read_header(file, &h, &e), 0);
	for (uint32_t i = 0; i < h.phnum; i++) {
		CHECK(t, elf_read_phdr(span_part(file, h.phoff, (uint64_t)h.phnum * ELF_PHDR_SIZE), i, &p));
		if (p.type == ELF_PT_NOTE) {
			CHECK_INT(t, p.filesz, f->notes_size + SUMMARY_NOTE_SIZE);
			CHECK_MEM(t, file.data + p.offset, f->notes, f->notes_size);
			continue;
		}
		CHECK(t, span_has(file, p.offset, p.filesz) && p.filesz <= p.memsz);
		CHECK_MEM(t, file.data + p.offset, fake_at(f, p.paddr), p.filesz);
		CHECK_INT(t, p.vaddr, 0xffff888000000000 + p.paddr);
		for (uint64_t a = p.filesz; a < p.memsz; a++)
			if (*fake_at(f, p.paddr + a))
				CHECK(t, !"a byte that is not zero was left out");
		seen += p.memsz;
		left_out += p.memsz - p.filesz;
	}
	CHECK_INT(t, seen, 924 * FAKE_PAGE - 100);
	CHECK_INT(t, left_out, level ? 453 * FAKE_PAGE : 0);
}

static void elf_reads_back(struct test *t)
{
	struct dump_stats stats;
	struct dump_stats told = {.zero = 99};
	unsigned told_level = 99;
	struct source *again;
	char path[300];
	struct span file;
	struct error e;
	struct fake f;

	make_machine(&f);
	/* Few as they are, those that a segment ends with are left out. */
	memset(fake_at(&f, BASE + 197 * FAKE_PAGE), 0, 3 * FAKE_PAGE);
	snprintf(path, sizeof(path), "%s/elf", t->scratch);
	for (unsigned level = 0; level < 2; level++) {
		struct save_options o = {.format = SAVE_ELF, .level = level};

		CHECK_INT(t, save_to(&f, &o, SINK_REPLACE, path, &stats, &e), 0);
		file = slurp(t, path);
		CHECK_INT(t, file.size, stats.size);
		compare_elf(t, &f, file, level);
		free((void *)file.data);
		CHECK_INT(t, vmcore_open(path, NULL, &again, &e), 0);
		CHECK_INT(t, again->vmcoreinfo.size, f.source.vmcoreinfo.size);
		CHECK(t, summary_read_note(again->notes, &told, &told_level));
		CHECK_INT(t, told_level, level);
		CHECK_INT(t, told.zero, level ? 453 : 0);
		CHECK_INT(t, told.counts.pages[PAGE_KERNEL], 924);
		vmcore_close(again);
	}
	fake_deinit(&f);
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

static void unreadable_page(struct test *t)
{
	static uint8_t page[FAKE_PAGE], mark[FAKE_PAGE];
	struct save_options o = {.codec = CODEC_FAST, .level = 1};
	struct dump_stats stats;
	struct dump_info info;
	struct source *again;
	struct view view;
	const uint8_t *got;
	struct span file;
	char path[300];
	struct error e;
	struct fake f;

	make_machine(&f);
	f.bad_pfn = BASE / FAKE_PAGE + 420;
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	CHECK_INT(t, save_to(&f, &o, 0, path, &stats, &e), 0);
	CHECK_INT(t, stats.unreadable, 1);
	CHECK_INT(t, stats.first_unreadable, f.bad_pfn);
	file = slurp(t, path);
	CHECK_INT(t, kdump_page(file, f.bad_pfn, page), -1);
	CHECK_INT(t, kdump_page(file, f.bad_pfn + 1, page), 1);
	CHECK_MEM(t, page, fake_at(&f, (f.bad_pfn + 1) * FAKE_PAGE), FAKE_PAGE);
	CHECK_INT(t, kdump_page(file, f.bad_pfn - 1, page), 1);
	CHECK_INT(t, dump_info_read(path, &info, &e), 0);
	CHECK_INT(t, info.missing, 1);
	CHECK(t, !info.incomplete);
	free((void *)file.data);

	o = (struct save_options){.format = SAVE_ELF};
	CHECK_INT(t, save_to(&f, &o, SINK_REPLACE, path, &stats, &e), 0);
	CHECK_INT(t, stats.unreadable, 1);
	CHECK_INT(t, vmcore_open(path, NULL, &again, &e), 0);
	view_init(&view, again, 1 << 16);
	encode_mark(mark, FAKE_PAGE);
	CHECK_INT(t, view_page(&view, f.bad_pfn, &got, &e), 0);
	CHECK_MEM(t, got, mark, FAKE_PAGE);
	CHECK_INT(t, view_page(&view, f.bad_pfn + 1, &got, &e), 0);
	CHECK_MEM(t, got, fake_at(&f, (f.bad_pfn + 1) * FAKE_PAGE), FAKE_PAGE);
	view_deinit(&view);
	vmcore_close(again);
	fake_deinit(&f);
}

/* In either format, and with a second range of zeros, which can be read: that is a dump. */
static void nothing_readable(struct test *t)
{
	for (int i = 0; i < 4; i++) {
		struct save_options o = {.format = i % 2 ? SAVE_ELF : SAVE_KDUMP, .codec = CODEC_FAST, .level = 1};
		struct dump_stats stats;
		struct error e = {.text = ""};
		char path[300];
		struct fake f;

		snprintf(path, sizeof(path), "%s/dump%d", t->scratch, i);
		fake_init(&f, BASE);
		f.bad_pfn = BASE / FAKE_PAGE;
		fake_range(&f, BASE, BASE + FAKE_PAGE);
		if (i > 1)
			fake_range(&f, BASE + 9 * FAKE_PAGE, BASE + 10 * FAKE_PAGE);
		fake_finish(&f);
		CHECK_INT(t, save_to(&f, &o, 0, path, &stats, &e), i > 1 ? 0 : -EIO);
		CHECK_STR(t, e.text, i > 1 ? "" : "not one of the 1 pages could be read");
		CHECK_INT(t, access(path, F_OK), i > 1 ? 0 : -1);
		fake_deinit(&f);
	}
}

/* Every write-like call of a small dump fails in turn: the dump then fails, says why, and has no final name. */
static void check_faults(struct test *t, const struct save_options *o, unsigned how, int error)
{
	struct dump_stats stats;
	struct stat st;
	char path[300];
	struct error e;
	struct fake f;
	long calls, n;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	faults_arm(0, 0);
	CHECK_INT(t, save_to(&f, o, how, path, &stats, &e), 0);
	calls = faults_calls();
	CHECK(t, calls > 5);
	for (n = 1; n <= calls; n++) {
		unlink(path);
		e.text[0] = 0;
		faults_arm(n, error);
		CHECK_INT(t, save_to(&f, o, how, path, &stats, &e), -error);
		faults_arm(0, 0);
		CHECK_HAS(t, e.text, path);
		CHECK_HAS(t, e.text, strerror(error));
		CHECK(t, stat(path, &st) != 0);
	}
	CHECK_INT(t, save_to(&f, o, how, path, &stats, &e), 0); /* a rest of the last failure is in nobody's way */
	CHECK(t, stat(path, &st) == 0);
	unlink(path);
	fake_deinit(&f);
}

static void every_write_fails(struct test *t)
{
	static const int errors[] = {ENOSPC, EIO};

	for (unsigned i = 0; i < 2; i++) {
		check_faults(t, &(struct save_options){.codec = CODEC_FAST, .level = 1}, 0, errors[i]);
		check_faults(t, &(struct save_options){.codec = CODEC_NONE}, SINK_FLATTENED, errors[i]);
		check_faults(t, &(struct save_options){.format = SAVE_ELF, .level = 1}, 0, errors[i]);
	}
}

/* What a broken-off KDUMP leaves says that it is incomplete, and has no descriptor for data that is not there. */
static void broken_off(struct test *t)
{
	struct save_options o = {.codec = CODEC_NONE};
	struct dump_stats stats;
	struct dump_info info;
	char path[300], rest[320];
	struct error e;
	struct fake f;
	long calls, left = 0;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	snprintf(rest, sizeof(rest), "%s-incomplete", path);
	faults_arm(0, 0);
	save_to(&f, &o, 0, path, &stats, &e);
	calls = faults_calls();
	for (long n = 3; n <= calls; n++) {
		unlink(path);
		unlink(rest);
		faults_arm(n, EIO);
		CHECK_INT(t, save_to(&f, &o, 0, path, &stats, &e), -EIO);
		faults_arm(0, 0);
		/* What has the name has been synced once: headers, bitmaps and an empty table. */
		if (access(rest, F_OK) != 0) {
			CHECK(t, left == 0);
			continue;
		}
		left++;
		CHECK_INT(t, dump_info_read(rest, &info, &e), 0);
		if (n < calls - 3)
			CHECK(t, info.incomplete);
	}
	CHECK(t, left > calls / 2 && left < calls);
	fake_deinit(&f);
}

static void existing_file(struct test *t)
{
	struct save_options o = {.codec = CODEC_FAST};
	struct dump_stats stats;
	char path[300];
	struct error e;
	struct fake f;
	struct stat st;
	FILE *file;

	make_machine(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	file = fopen(path, "w");
	fputs("dear", file);
	fclose(file);
	CHECK_INT(t, save_to(&f, &o, 0, path, &stats, &e), -EEXIST);
	CHECK_HAS(t, e.text, "-f");
	CHECK_INT(t, stat(path, &st), 0);
	CHECK_INT(t, st.st_size, 4);
	CHECK_INT(t, save_to(&f, &o, 0, t->scratch, &stats, &e), -EISDIR);
	fake_deinit(&f);
}

/* Makes a directory of a dump; closes it again. */
static int make_directory(int parent, const char *where, const char *host, char **path)
{
	struct error e;
	int fd = directory_make(parent, where, host, 1700000000, NULL, path, &e);

	return fd < 0 ? fd : close(fd);
}

static void directories(struct test *t)
{
	char parent[300], file[400], *path = NULL, *again = NULL;
	struct error e;
	struct stat st;
	int fd;

	snprintf(parent, sizeof(parent), "%s/var/crash/", t->scratch);
	fd = directory_open(NULL, parent, false, &e);
	CHECK_INT(t, fd, -ENOENT);
	fd = directory_open(NULL, parent, true, &e);
	CHECK(t, fd >= 0);
	CHECK_INT(t, make_directory(fd, parent, "my host/x", &path), 0);
	CHECK_HAS(t, path, "/var/crash/my_host_x-2023-11-14-221320");
	CHECK_INT(t, stat(path, &st), 0);
	CHECK_INT(t, st.st_mode & 07777, 0700);
	/* The same crash again, without a dump so far: the same place. */
	CHECK_INT(t, make_directory(fd, parent, "my host/x", &again), 0);
	CHECK_STR(t, again, path);
	free(again);
	snprintf(file, sizeof(file), "%s/vmcore", path);
	CHECK_INT(t, close(open(file, O_CREAT | O_WRONLY, 0600)), 0);
	CHECK_INT(t, make_directory(fd, parent, "my host/x", &again), 0);
	CHECK_HAS(t, again, "-221320-2");
	free(again);
	free(path);
	CHECK_INT(t, make_directory(fd, parent, "", &path), 0);
	CHECK_HAS(t, path, "/localhost-2023");
	free(path);
	close(fd);
	CHECK_INT(t, directory_open(NULL, "/dev/null/x/", true, &e), -ENOTDIR);
}

/* Whatever has the names that a dump would take: it gets one that nobody can guess. */
static void names_taken(struct test *t)
{
	static const char first[] = "h-2023-11-14-221320";
	int fd = open(t->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[64], *path = NULL;
	unsigned number;

	CHECK_INT(t, symlinkat("/", fd, first), 0);
	CHECK_INT(t, mkfifoat(fd, "h-2023-11-14-221320-2", 0600), 0);
	CHECK_INT(t, mkdirat(fd, "h-2023-11-14-221320-3", 0755), 0);
	CHECK_INT(t, make_directory(fd, t->scratch, "h", &path), 0);
	CHECK_HAS(t, path, "-221320-4");
	free(path);
	for (unsigned i = 4; i <= 100; i++) {
		snprintf(name, sizeof(name), "%s-%u", first, i);
		CHECK(t, i == 4 ? fchmodat(fd, name, 0755, 0) == 0 : mkfifoat(fd, name, 0600) == 0);
	}
	CHECK_INT(t, make_directory(fd, t->scratch, "h", &path), 0);
	CHECK(t, retention_time(strrchr(path ? path : "/", '/') + 1, &number) != NULL);
	CHECK(t, number > 100);
	free(path);
	close(fd);
}

/* A target's tree, on which PATH is a link to TO; *inside becomes whether the directory is the tree's own /data. */
static int open_through(struct test *t, const char *to, const char *path, bool make, bool *inside, struct error *e)
{
	char root[300], full[400], data[400], link[400];
	struct stat st, want;
	int fd;

	snprintf(root, sizeof(root), "%s/target", t->scratch);
	snprintf(full, sizeof(full), "%s%s", root, path);
	snprintf(data, sizeof(data), "%s/data", root);
	snprintf(link, sizeof(link), "%s/link", root);
	mkdir(root, 0755);
	mkdir(data, 0755);
	unlink(link);
	CHECK_INT(t, symlink(to, link), 0);
	fd = directory_open(root, full, make, e);
	*inside = fd >= 0 && fstat(fd, &st) == 0 && stat(data, &want) == 0 && st.st_ino == want.st_ino;
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

/* Links on a target lead to places on the target, or nowhere. */
static void below_a_root(struct test *t)
{
	char outside[300], full[400];
	struct error e = {.text = ""};
	struct stat st;
	bool inside;

	CHECK_INT(t, open_through(t, "/data", "/link/", true, &inside, &e), 0);
	CHECK(t, inside);
	CHECK_INT(t, open_through(t, "../../../../data", "/link", true, &inside, &e), 0);
	CHECK(t, inside);
	CHECK_INT(t, open_through(t, "data", "//link//.", true, &inside, &e), 0);
	CHECK(t, inside);
	CHECK_INT(t, open_through(t, "/data", "/link/../data", true, &inside, &e), 0);
	CHECK(t, inside);
	/* What is missing behind a link is made there. */
	CHECK_INT(t, open_through(t, "/data", "/link/var/crash/", true, &inside, &e), 0);
	snprintf(full, sizeof(full), "%s/target/data/var/crash", t->scratch);
	CHECK_INT(t, stat(full, &st), 0);
	CHECK_INT(t, st.st_mode & 07777, 0755);
	/* A directory that only exists outside of it; a loop; a link to a process's own files. */
	snprintf(outside, sizeof(outside), "%s/outside", t->scratch);
	CHECK_INT(t, mkdir(outside, 0755), 0);
	CHECK_INT(t, open_through(t, outside, "/link/", true, &inside, &e), -ENOENT);
	CHECK_HAS(t, e.text, "/link");
	CHECK_INT(t, open_through(t, "../outside", "/link/x/", true, &inside, &e), -ENOENT);
	CHECK_INT(t, open_through(t, outside, "/link", false, &inside, &e), -ENOENT);
	CHECK_HAS(t, e.text, "Links are followed inside");
	CHECK_INT(t, open_through(t, "/link", "/link/", true, &inside, &e), -ELOOP);
	snprintf(full, sizeof(full), "%s/x", outside);
	CHECK(t, stat(full, &st) != 0);
	/* A kernel without openat2: no link is followed. */
	for (int call = 1; call <= 2; call++) {
		faults_arm(call, ENOSYS);
		CHECK_INT(t, open_through(t, "x", "/data", true, &inside, &e), 0);
		CHECK(t, inside);
	}
	faults_arm(1, ENOSYS);
	CHECK_INT(t, open_through(t, "/", "/link/etc/", true, &inside, &e), -ENOTDIR);
	faults_arm(0, 0);
	CHECK_INT(t, directory_open(outside, "/elsewhere", true, &e), -EINVAL);
	CHECK_INT(t, directory_open("/nowhere", "/nowhere/x", true, &e), -ENOENT);
}

void suite_dump(struct test *t)
{
	test_run(t, "every codec's pages come back", codecs);
	test_run(t, "a damaged LZ4 block", damaged_lz4);
	test_run(t, "KDUMP, each codec, levels 0 and 1: every page comes back", kdump_reads_back);
	test_run(t, "KDUMP in order", kdump_in_order);
	test_run(t, "KDUMP flattened", kdump_flattened);
	test_run(t, "ELF, levels 0 and 1: every byte comes back", elf_reads_back);
	test_run(t, "a page that cannot be read is marked", unreadable_page);
	test_run(t, "a dump without one page that can be read has no name", nothing_readable);
	test_run(t, "ENOSPC and EIO at every write", every_write_fails);
	test_run(t, "a dump that broke off says so", broken_off);
	test_run(t, "what is there is not overwritten", existing_file);
	test_run(t, "a dump's directory", directories);
	test_run(t, "a dump's directory where its names are taken", names_taken);
	test_run(t, "links on a target stay on the target", below_a_root);
}
