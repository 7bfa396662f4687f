/*
 * Damage on a raw device: a real dump of the known machine lies there, bits of it flip, whole records go. Whatever
 * savecore makes of the rest, no reader finds a page in it that is not the machine's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dump/info.h"
#include "dump/rawdev/raw_savecore.h"
#include "dump/rawdev/raw_writer.h"
#include "dump/sink/sink_open.h"
#include "fmt/elf.h"
#include "sys/file.h"
#include "unit/fake_kernel.h"

enum {
	DEVICE = 16 << 20,
	MOST_RECORDS = 4096,
	FRONT = 12, /* records before those of the pages, and the first of these */
};

static const struct log silent;

/* --- what savecore leaves ----------------------------------------------------------------------------------------- */

struct left {
	int result;
	struct savecore_result saved;
	char path[600]; /* of the vmcore, under whichever name; "" where there is none */
	bool whole;
};

static void find(struct left *l)
{
	static const char *const names[] = {"vmcore", "vmcore-incomplete"};
	struct stat st;

	for (int i = 0; l->saved.directory && i < 2; i++) {
		snprintf(l->path, sizeof(l->path), "%s/%s", l->saved.directory, names[i]);
		l->whole = i == 0;
		if (stat(l->path, &st) == 0)
			return;
	}
	l->path[0] = 0;
}

static void recover(struct test *t, int fd, struct left *l)
{
	struct raw_reader reader;
	char parent[300];
	struct error e;

	*l = (struct left){.path = ""};
	snprintf(parent, sizeof(parent), "%s/crash", t->scratch);
	l->result = raw_reader_init(&reader, fd, DEVICE, "device", NULL, &e);
	if (l->result == 1)
		l->result = savecore(&reader, parent, &silent, &l->saved, &e);
	raw_reader_deinit(&reader);
	find(l);
}

static void drop(struct left *l)
{
	static const char *const names[] = {"vmcore",    "vmcore-dmesg.txt", "vmcore-info.txt",
					    "unnamed-1", "unnamed-2",        "unnamed-3"};
	char path[600];

	for (size_t i = 0; l->saved.directory && i < 2 * sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s%s", l->saved.directory, names[i / 2], i % 2 ? "-incomplete" : "");
		unlink(path);
	}
	if (l->saved.saving)
		unlink(l->saved.saving);
	if (l->saved.directory && rmdir(l->saved.directory) != 0)
		abort();
	free(l->saved.directory);
	free(l->saved.saving);
}

/* --- damage ------------------------------------------------------------------------------------------------------- */

struct harm {
	int fd;
	uint64_t place[MOST_RECORDS]; /* where each record lies, and where the log ends */
	int records;
	unsigned opened, kept, all; /* vmcores that a reader opens; pages in them that are there; all pages of those */
};

static void find_records(struct test *t, struct harm *h)
{
	struct rawdump_record record;
	struct raw_reader reader;
	struct span data;
	struct error e;

	CHECK_INT(t, raw_reader_init(&reader, h->fd, DEVICE, "device", NULL, &e), 1);
	while (h->records < MOST_RECORDS - 1 && raw_reader_next(&reader, &record, &data, &e) > 0)
		h->place[h->records++] = reader.last;
	h->place[h->records] = reader.at;
	raw_reader_deinit(&reader);
}

static void flip(struct test *t, int fd, uint64_t at, uint8_t bit)
{
	uint8_t byte;

	CHECK_INT(t, read_all_at(fd, &byte, 1, at), 1);
	byte ^= bit;
	CHECK_INT(t, write_all_at(fd, &byte, 1, at), 0);
}

/* No wrong page; and nothing that says it is whole and is not. */
static void check_kdump(struct test *t, struct harm *h, struct fake *f, const struct left *l)
{
	struct dump_info told;
	struct look look;
	struct span file;
	struct error e;

	if (!l->path[0])
		return;
	file = fake_kernel_slurp(t, l->path);
	fake_kernel_look(f, file, &look);
	CHECK_INT(t, look.wrong, 0);
	if (look.pages && dump_info_read(l->path, &told, &e) == 0) {
		CHECK(t, told.incomplete == !l->whole);
		CHECK_INT(t, told.dumped - told.missing, look.with_data);
		h->opened++;
	}
	h->kept += (unsigned)look.with_data;
	h->all += (unsigned)look.pages;
	free((void *)file.data);
}

static void check_elf(struct test *t, struct harm *h, struct fake *f, const struct left *l)
{
	struct dump_info told;
	struct look look;
	struct span file;
	struct error e;

	if (!l->path[0])
		return;
	file = fake_kernel_slurp(t, l->path);
	fake_kernel_look_elf(f, file, &look);
	CHECK_INT(t, look.wrong, 0);
	if (look.pages && dump_info_read(l->path, &told, &e) == 0) {
		CHECK(t, told.incomplete == !l->whole);
		h->opened++;
	}
	h->kept += (unsigned)look.with_data;
	h->all += (unsigned)look.pages;
	free((void *)file.data);
}

typedef void check_left(struct test *t, struct harm *h, struct fake *f, const struct left *l);

/* Bits from at on, a few of each of the records [first, first + count), are turned; then they are turned back. */
static void harm_records(struct test *t, struct harm *h, struct fake *f, check_left *check, int first, int count,
			 bool header)
{
	struct left l;

	for (int twice = 0; twice < 2; twice++) {
		for (int i = first; i < first + count; i++) {
			uint64_t size = h->place[i + 1] - h->place[i];
			uint64_t at = header ? 20 : RAWDUMP_HEADER_SIZE + (size - RAWDUMP_ALIGN) / 2;

			flip(t, h->fd, h->place[i] + at, 1 << i % 8);
		}
		if (twice)
			break;
		recover(t, h->fd, &l);
		CHECK_INT(t, l.result, 0);
		check(t, h, f, &l);
		/* One lost record is not the dump's end, whichever it is. */
		CHECK(t, count > 1 || l.path[0]);
		/* Padding has no checksum, and needs none. */
		if (header)
			CHECK(t, l.saved.damages > 0);
		if (!t->ok)
			printf("%d records from %d of %d, %s\n", count, first, h->records, header ? "headers" : "data");
		drop(&l);
	}
}

/* Two records that need not be neighbours, and their headers: the reserve and the first data, say. */
static void harm_two(struct test *t, struct harm *h, struct fake *f, check_left *check, int one, int other)
{
	struct left l;

	flip(t, h->fd, h->place[one] + 20, 1);
	flip(t, h->fd, h->place[other] + 20, 1);
	recover(t, h->fd, &l);
	CHECK_INT(t, l.result, 0);
	check(t, h, f, &l);
	if (!t->ok)
		printf("records %d and %d of %d\n", one, other, h->records);
	drop(&l);
	flip(t, h->fd, h->place[one] + 20, 1);
	flip(t, h->fd, h->place[other] + 20, 1);
}

/* Each record's header and data, alone and with the one behind it; then the superblocks. */
static void check_damage(struct test *t, const struct save_options *o, check_left *check, unsigned least_percent)
{
	struct harm *h CLEANUP(free_ptr) = calloc(1, sizeof(*h));
	char path[300];
	struct left l;
	struct error e;
	struct fake f;

	fake_kernel_init(&f);
	snprintf(path, sizeof(path), "%s/device", t->scratch);
	h->fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(t, h->fd >= 0 && ftruncate(h->fd, DEVICE) == 0);
	CHECK_INT(t, fake_kernel_save_raw(&f, o, h->fd, DEVICE, &e), 0);
	find_records(t, h);
	CHECK(t, h->records > 20 && h->records < MOST_RECORDS - 1);
	recover(t, h->fd, &l);
	CHECK(t, l.whole && l.saved.damages == 0);
	check(t, h, &f, &l);
	CHECK_INT(t, h->opened, 1);
	drop(&l);
	for (int i = 0; t->ok && i < h->records; i++)
		for (int header = 0; header < 2; header++)
			for (int count = 1; count <= (i < FRONT ? 3 : 1) && i + count <= h->records; count++)
				harm_records(t, h, &f, check, i, count, header);
	for (int i = 0; t->ok && i < h->records && i < FRONT; i++)
		for (int other = i + 1; t->ok && other < h->records && other < FRONT; other++)
			harm_two(t, h, &f, check, i, other);
	for (int i = 0; t->ok && i < 2; i++) {
		flip(t, h->fd, (i ? RAWDUMP_SUPER_1 : RAWDUMP_SUPER_0) + 100, 1);
		recover(t, h->fd, &l);
		CHECK(t, l.result == 0 && l.whole);
		check(t, h, &f, &l);
		drop(&l);
		flip(t, h->fd, (i ? RAWDUMP_SUPER_1 : RAWDUMP_SUPER_0) + 100, 1);
	}
	printf("%u opened, %u of %u pages there\n", h->opened, h->kept, h->all);
	CHECK(t, h->kept >= h->all / 100 * least_percent);
	close(h->fd);
	fake_deinit(&f);
}

static void raw_pages(struct test *t)
{
	check_damage(t, &(struct save_options){.codec = CODEC_NONE, .level = 0}, check_kdump, 90);
}

static void packed_pages(struct test *t)
{
	check_damage(t, &(struct save_options){.codec = CODEC_FAST, .level = 31}, check_kdump, 70);
}

static void elf(struct test *t)
{
	check_damage(t, &(struct save_options){.format = SAVE_ELF, .level = 0}, check_elf, 80);
}

/* Bitmap 2 in two records, half of the pages in each: what lies behind a lost one has its rank all the same. */
static void bitmap(struct test *t)
{
	/* The second half begins at 512 KiB of the file, where sink_buffer ends a write. */
	const uint64_t middle = (((256 << 10) - 8192) * UINT64_C(8)) * FAKE_PAGE;
	struct harm *h CLEANUP(free_ptr) = calloc(1, sizeof(*h));
	struct save_options o = {.codec = CODEC_NONE};
	struct rawdump_record record;
	struct raw_reader reader;
	static uint8_t note[4096];
	unsigned harmed = 0;
	struct span data;
	char path[300];
	struct error e;
	struct fake f;

	fake_init(&f, middle - FAKE_SIZE / 2);
	fake_fill(&f, f.base / FAKE_PAGE, FAKE_PAGES);
	fake_note(&f, "TEST", 1, note, sizeof(note));
	fake_range(&f, f.base, f.base + FAKE_SIZE);
	fake_finish(&f);
	snprintf(path, sizeof(path), "%s/device", t->scratch);
	h->fd = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(t, h->fd >= 0 && ftruncate(h->fd, DEVICE) == 0);
	CHECK_INT(t, fake_kernel_save_raw(&f, &o, h->fd, DEVICE, &e), 0);
	CHECK_INT(t, raw_reader_init(&reader, h->fd, DEVICE, "device", NULL, &e), 1);
	while (raw_reader_next(&reader, &record, &data, &e) > 0) {
		uint64_t first = 256 << 10, end = record.offset + record.size;

		if (record.kind != RAWDUMP_DATA || record.offset < first + 8192 || end > (512 << 10) + 4096)
			continue;
		h->opened = h->kept = h->all = 0;
		h->place[0] = reader.last;
		h->place[1] = reader.at;
		harm_records(t, h, &f, check_kdump, 0, 1, true);
		CHECK_INT(t, h->kept, FAKE_PAGES / 2);
		harmed++;
	}
	CHECK_INT(t, harmed, 2);
	raw_reader_deinit(&reader);
	close(h->fd);
	fake_deinit(&f);
}

/* A new device with files of these sizes, which begin with these bytes. */
static int make_device(struct test *t, const char *const names[2], const struct span content[2])
{
	struct raw_writer *writer = NULL;
	char path[300];
	struct error e;
	int fd;

	snprintf(path, sizeof(path), "%s/device", t->scratch);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(t, fd >= 0 && ftruncate(fd, DEVICE) == 0);
	CHECK_INT(
		t,
		raw_writer_open(fd, DEVICE, "device",
				&(struct raw_writer_request){.host = "box", .crash_time = 1700000000, .replace = false},
				&writer, &e),
		0);
	for (int i = 0; i < 2; i++) {
		struct sink *bottom, *sink = NULL;

		CHECK_INT(t, raw_writer_file(writer, names[i], &bottom, &e), 0);
		CHECK_INT(t, sink_wrap(bottom, 0, &sink, &e), 0);
		CHECK_INT(t, sink_put(sink, 0, content[i].data, content[i].size, &e), 0);
		CHECK_INT(t, sink_commit(sink, content[i].size, &e), 0);
		sink_destroyp(&sink);
	}
	CHECK_INT(t, raw_writer_complete(writer, &e), 0);
	raw_writer_closep(&writer);
	return fd;
}

/* The name of a long log is lost with its beginning: it is taken for the vmcore until that comes, and both are there.
 */
static void long_log(struct test *t)
{
	static const char dump[] = "KDUMP   whatever";
	static const char *const names[] = {"vmcore-dmesg.txt", "vmcore"};
	char *log CLEANUP(free_ptr) = malloc(600 << 10), path[400], parent[300];
	struct span content[] = {{(const uint8_t *)log, 600 << 10}, {(const uint8_t *)dump, sizeof(dump)}};
	struct savecore_result saved;
	struct raw_reader reader;
	struct stat st;
	struct error e;
	int fd;

	memset(log, 'x', 600 << 10);
	fd = make_device(t, names, content);
	flip(t, fd, RAWDUMP_LOG + 20, 1);
	flip(t, fd, RAWDUMP_LOG + RAWDUMP_ALIGN + 20, 1);
	snprintf(parent, sizeof(parent), "%s/crash", t->scratch);
	CHECK_INT(t, raw_reader_init(&reader, fd, DEVICE, "device", NULL, &e), 1);
	CHECK_INT(t, savecore(&reader, parent, &silent, &saved, &e), 0);
	snprintf(path, sizeof(path), "%s/vmcore", saved.directory);
	CHECK(t, stat(path, &st) == 0 && st.st_size == sizeof(dump));
	snprintf(path, sizeof(path), "%s/unnamed-1-incomplete", saved.directory);
	CHECK(t, stat(path, &st) == 0 && st.st_size == 600 << 10);
	snprintf(path, sizeof(path), "%s/vmcore-incomplete", saved.directory);
	CHECK(t, stat(path, &st) != 0);
	free(saved.directory);
	free(saved.saving);
	raw_reader_deinit(&reader);
	close(fd);
}

/* What a program header says is there is there, in what is left of the file. Returns how many say something. */
static unsigned check_loads(struct test *t, struct span file)
{
	struct elf_header h = {.phnum = 0};
	unsigned loads = 0;
	struct elf_phdr p;
	struct error e;

	CHECK_INT(t, elf_read_header(file, &h, &e), 0);
	for (uint32_t i = 0; i < h.phnum; i++) {
		elf_read_phdr(span_part(file, h.phoff, (uint64_t)h.phnum * ELF_PHDR_SIZE), i, &p);
		if (p.type != ELF_PT_LOAD || !p.filesz)
			continue;
		loads++;
		CHECK(t, p.offset + 8 <= file.size && get_le64(file.data + p.offset) == p.paddr);
	}
	return loads;
}

/*
 * A program header that lies in two records, of which the second is lost; its sizes come once more, as the encoder puts
 * them when the memory is there: it must not speak of other memory.
 */
static void torn_header(struct test *t)
{
	enum { HEADERS = 15000, TORN = 14042, CUT = 768 << 10, MEMORY = 1 << 20 };
	uint8_t *bytes CLEANUP(free_ptr) = calloc(1, MEMORY + HEADERS * 8), sizes[16];
	struct elf_header h = {.machine = 62, .phnum = HEADERS, .phoff = 64};
	struct raw_writer *writer = NULL;
	struct sink *bottom, *sink = NULL;
	struct rawdump_record record;
	struct raw_reader reader;
	char path[300];
	struct span data;
	uint64_t at = 0;
	struct error e;
	struct left l;
	int fd;

	elf_write_header(bytes, &h);
	for (uint64_t i = 0; i < HEADERS; i++) {
		struct elf_phdr p = {.type = ELF_PT_LOAD,
				     .offset = MEMORY + i * 8,
				     .paddr = 0x1000 + i * 8,
				     .filesz = 8,
				     .memsz = 8};

		elf_write_phdr(bytes + 64 + i * ELF_PHDR_SIZE, &p);
		put_le64(bytes + p.offset, p.paddr);
	}
	memcpy(sizes, bytes + 64 + TORN * ELF_PHDR_SIZE + 32, sizeof(sizes));
	snprintf(path, sizeof(path), "%s/device", t->scratch);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(t, fd >= 0 && ftruncate(fd, DEVICE) == 0);
	CHECK_INT(
		t,
		raw_writer_open(fd, DEVICE, "device",
				&(struct raw_writer_request){.host = "box", .crash_time = 1700000000, .replace = false},
				&writer, &e),
		0);
	CHECK_INT(t, raw_writer_file(writer, "vmcore", &bottom, &e), 0);
	CHECK_INT(t, sink_wrap(bottom, 0, &sink, &e), 0);
	CHECK_INT(t, sink_put(sink, 0, bytes, MEMORY + HEADERS * 8, &e), 0);
	CHECK_INT(t, sink_sync(sink, &e), 0);
	CHECK_INT(t, sink_put(sink, 64 + TORN * ELF_PHDR_SIZE + 32, sizes, sizeof(sizes), &e), 0);
	CHECK_INT(t, sink_commit(sink, MEMORY + HEADERS * 8, &e), 0);
	sink_destroyp(&sink);
	CHECK_INT(t, raw_writer_complete(writer, &e), 0);
	raw_writer_closep(&writer);
	CHECK_INT(t, raw_reader_init(&reader, fd, DEVICE, "device", NULL, &e), 1);
	while (!at && raw_reader_next(&reader, &record, &data, &e) > 0)
		if (record.kind == RAWDUMP_DATA && record.offset == CUT)
			at = reader.last;
	raw_reader_deinit(&reader);
	CHECK(t, at);
	flip(t, fd, at + 20, 1);
	recover(t, fd, &l);
	CHECK(t, l.result == 0 && !l.whole);
	data = fake_kernel_slurp(t, l.path);
	CHECK_INT(t, check_loads(t, data), TORN);
	free((void *)(uintptr_t)data.data);
	drop(&l);
	close(fd);
}

void suite_damage(struct test *t)
{
	test_run(t, "a damaged device: a program header in two records", torn_header);
	test_run(t, "a damaged device: a long log without its name", long_log);
	test_run(t, "a damaged device: raw pages", raw_pages);
	test_run(t, "a damaged device: compressed pages", packed_pages);
	test_run(t, "a damaged device: ELF", elf);
	test_run(t, "a damaged device: a part of a large bitmap", bitmap);
}
