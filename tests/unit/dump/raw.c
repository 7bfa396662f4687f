/*
 * Dumps on a raw device: whatever part of the writes reached it, savecore finds a prefix of them or nothing, never a
 * mixture, and never an older dump's bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32.h"
#include "dump/rawdev/raw_savecore.h"
#include "dump/rawdev/raw_writer.h"
#include "sys/file.h"
#include "unit/faults.h"
#include "unit/test.h"

enum {
	DEVICE = 2 << 20,
	FILE_MAX = 300 << 10, /* of the made-up vmcore */
	PUTS = 40,
	SYNC_EVERY = 7,
};

static const char host[] = "appliance";
static const struct log silent;

/* The puts of a made-up dump: any order, some over others, as an encoder makes them. */
struct put {
	uint64_t offset;
	size_t size;
};

static uint32_t random_state;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static struct put make_put(int i, uint8_t *data)
{
	struct put put;

	random_state = (uint32_t)i * 7919 + 17;
	put.offset = i == 0 ? 0 : next_random() % (FILE_MAX / 2);
	put.size = 1 + next_random() % (i % 5 == 4 ? 20000 : 3000);
	for (size_t k = 0; k < put.size; k++)
		data[k] = (uint8_t)next_random();
	return put;
}

/* What the file holds after the first puts. Returns its size. */
static size_t model(int puts, uint8_t *out)
{
	static uint8_t data[32768];
	size_t size = 0;

	memset(out, 0, FILE_MAX);
	for (int i = 0; i < puts; i++) {
		struct put put = make_put(i, data);

		memcpy(out + put.offset, data, put.size);
		if (put.offset + put.size > size)
			size = put.offset + put.size;
	}
	return size;
}

static void device_path(struct test *t, char path[300])
{
	snprintf(path, 300, "%s/device", t->scratch);
}

static int open_device(struct test *t, off_t size)
{
	char path[300];
	int fd;

	device_path(t, path);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(t, fd >= 0);
	if (size)
		CHECK_INT(t, ftruncate(fd, size), 0);
	return fd;
}

/* A log, then a vmcore of so many puts. Returns 0, or the error of the call that failed. */
static int write_dump(int fd, uint64_t size, uint64_t time, int puts, bool replace, struct error *e)
{
	struct raw_writer *writer = NULL;
	static uint8_t data[32768];
	struct sink *sink = NULL;
	uint64_t end = 0;
	int r = raw_writer_open(fd, size, "device", host, time, replace, &writer, e);

	if (r == 0)
		r = raw_writer_file(writer, "vmcore-dmesg.txt", &sink, e);
	if (r == 0)
		r = sink_put(sink, 0, "panic\n", 6, e);
	if (r == 0)
		r = sink_commit(sink, 6, e);
	sink_destroyp(&sink);
	if (r == 0)
		r = raw_writer_file(writer, "vmcore", &sink, e);
	for (int i = 0; r == 0 && i < puts; i++) {
		struct put put = make_put(i, data);

		r = sink_put(sink, put.offset, data, put.size, e);
		if (r == 0 && i % SYNC_EVERY == SYNC_EVERY - 1)
			r = sink_sync(sink, e);
		if (put.offset + put.size > end)
			end = put.offset + put.size;
	}
	if (r == 0)
		r = sink_commit(sink, end, e);
	sink_destroyp(&sink);
	if (r == 0)
		r = raw_writer_complete(writer, e);
	raw_writer_closep(&writer);
	return r;
}

/* What savecore makes of a device. */
struct found {
	int result; /* of raw_reader_init, or of savecore */
	struct savecore_result saved;
	char *vmcore; /* its bytes, whole or not; NULL: none */
	size_t size;
	bool whole;
};

static void read_found(struct found *f)
{
	char path[500];
	struct error e;

	snprintf(path, sizeof(path), "%s/vmcore", f->saved.directory);
	f->whole = file_read(path, FILE_MAX, &f->vmcore, &f->size, &e) == 0;
	snprintf(path, sizeof(path), "%s/vmcore-incomplete", f->saved.directory);
	if (!f->whole && file_read(path, FILE_MAX, &f->vmcore, &f->size, &e) < 0)
		f->vmcore = NULL;
}

static void recover(struct test *t, int fd, bool mark, struct found *f)
{
	struct raw_reader reader;
	char parent[300];
	struct error e;

	*f = (struct found){.vmcore = NULL};
	snprintf(parent, sizeof(parent), "%s/crash", t->scratch);
	f->result = raw_reader_init(&reader, fd, DEVICE, "device", &e);
	if (f->result == 1 && reader.super.state != RAWDUMP_SAVED) {
		f->result = savecore(&reader, parent, &silent, &f->saved, &e);
		if (f->result == 0)
			read_found(f);
		if (mark)
			CHECK_INT(t, raw_reader_mark(&reader, RAWDUMP_SAVED, &e), 0);
	} else if (f->result == 1) {
		f->result = -EALREADY;
	}
	raw_reader_deinit(&reader);
}

static void drop(struct found *f)
{
	static const char *const names[] = {"vmcore",
					    "vmcore-incomplete",
					    "vmcore-dmesg.txt",
					    "vmcore-dmesg.txt-incomplete",
					    "unnamed-1-incomplete",
					    "unnamed-2-incomplete"};
	char path[500];

	for (size_t i = 0; f->saved.directory && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->saved.directory, names[i]);
		unlink(path);
	}
	if (f->saved.saving)
		unlink(f->saved.saving);
	if (f->saved.directory && rmdir(f->saved.directory) != 0)
		abort();
	free(f->saved.directory);
	free(f->saved.saving);
	free(f->vmcore);
}

/* How many of the puts the found vmcore has: exactly the first so many; -1 where it is something else. */
static int puts_in(const struct found *f)
{
	static uint8_t want[FILE_MAX];

	if (!f->vmcore)
		return 0;
	for (int puts = PUTS; puts >= 0; puts--)
		if (model(puts, want) == f->size && memcmp(want, f->vmcore, f->size) == 0)
			return puts;
	return -1;
}

/* --- tests -------------------------------------------------------------------------------------------------------- */

static void crc(struct test *t)
{
	struct crc32 crc;
	char many[100];

	crc32_init(&crc);
	memset(many, 'x', sizeof(many));
	CHECK_INT(t, crc32_add(&crc, 0, "123456789", 9), 0xCBF43926); /* the check value of the algorithm's catalogue */
	CHECK_INT(t, crc32_add(&crc, 0, "", 0), 0);
	CHECK_INT(t, crc32_add(&crc, crc32_add(&crc, 0, many, 37), many + 37, 63), crc32_add(&crc, 0, many, 100));
}

static void whole(struct test *t)
{
	int fd = open_device(t, DEVICE);
	uint8_t head[RAWDUMP_KEEP];
	struct found f;
	struct error e;

	memset(head, 'S', sizeof(head));
	CHECK_INT(t, write_all_at(fd, head, sizeof(head), 0), 0);
	recover(t, fd, false, &f);
	CHECK_INT(t, f.result, 0);
	CHECK(t, !f.saved.directory);
	CHECK_INT(t, write_dump(fd, DEVICE, 1700000000, PUTS, false, &e), 0);
	recover(t, fd, true, &f);
	CHECK_INT(t, f.result, 0);
	CHECK_INT(t, puts_in(&f), PUTS);
	CHECK(t, f.whole);
	CHECK_INT(t, f.saved.files, 2);
	CHECK_INT(t, f.saved.cut, 0);
	CHECK_HAS(t, f.saved.directory ? f.saved.directory : "", "appliance-2023-11-14-221320");
	drop(&f);
	/* Once saved, never again; and what belongs to the device's owner is as it was. */
	recover(t, fd, false, &f);
	CHECK_INT(t, f.result, -EALREADY);
	CHECK_INT(t, read_all_at(fd, head, sizeof(head), 0), sizeof(head));
	for (size_t i = 0; i < sizeof(head); i++)
		if (head[i] != 'S')
			test_check(t, false, "the head is left alone", __FILE__, __LINE__);
	close(fd);
}

/* A whole dump that nobody has saved is not written over, unless that is asked for. */
static void unsaved(struct test *t)
{
	int fd = open_device(t, DEVICE);
	struct error e;
	struct found f;

	CHECK_INT(t, write_dump(fd, DEVICE, 1700000000, PUTS, false, &e), 0);
	CHECK_INT(t, write_dump(fd, DEVICE, 1700000100, 5, false, &e), -EEXIST);
	CHECK_HAS(t, e.text, "savecore");
	CHECK_INT(t, write_dump(fd, DEVICE, 1700000100, 5, true, &e), 0);
	recover(t, fd, true, &f);
	CHECK_INT(t, puts_in(&f), 5);
	drop(&f);
	CHECK_INT(t, write_dump(fd, DEVICE, 1700000200, PUTS, false, &e), 0);
	close(fd);
}

/* Copies [from, to) of one device to another, where wanted(block) says so. */
static void copy_blocks(int from, int to, uint64_t start, uint64_t end, unsigned of_8)
{
	uint8_t block[4096];

	for (uint64_t at = start; at < end; at += sizeof(block))
		if (next_random() % 8 < of_8 &&
		    (read_all_at(from, block, sizeof(block), at) < 0 || write_all_at(to, block, sizeof(block), at) < 0))
			abort();
}

/* Where each record of the device's dump begins. Returns how many there are. */
static int record_places(struct test *t, int fd, uint64_t *place, int most)
{
	struct rawdump_record record;
	struct raw_reader reader;
	struct span data;
	struct error e;
	int count = 0;

	CHECK_INT(t, raw_reader_init(&reader, fd, DEVICE, "device", &e), 1);
	while (count < most - 1 && raw_reader_next(&reader, &record, &data, &e) > 0)
		place[count++] = reader.last;
	place[count] = reader.at;
	raw_reader_deinit(&reader);
	return count;
}

static int scratch_device(struct test *t, const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", t->scratch, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(t, fd >= 0 && ftruncate(fd, DEVICE) == 0);
	return fd;
}

/* The first four records are the log's and the file's name; the first sync has a record of its own before it. */
static int puts_before(int record)
{
	return record - 4 - (record - 4 > SYNC_EVERY);
}

static int last_synced(int record)
{
	int first = 4 + SYNC_EVERY + 1;

	return record < 4 ? 0 : record < first ? 4 : first + (record - first) / SYNC_EVERY * SYNC_EVERY;
}

/*
 * The power goes at any record; of what was written since the last sync any 4 KiB block may have arrived or not. The
 * device held an older, longer dump before.
 */
static void power_cuts(struct test *t)
{
	int old = scratch_device(t, "old"), done = scratch_device(t, "done"), cut = scratch_device(t, "cut");
	uint64_t place[PUTS + 10];
	int records, seen[PUTS + 1] = {0};
	struct error e;

	CHECK_INT(t, write_dump(old, DEVICE, 1600000000, PUTS, false, &e), 0);
	copy_blocks(old, done, 0, DEVICE, 8);
	/* The newer dump is the same but for its id and time: its records lie where the older one's do. */
	CHECK_INT(t, write_dump(done, DEVICE, 1700000000, PUTS, true, &e), 0);
	records = record_places(t, done, place, PUTS + 10);
	CHECK_INT(t, records, PUTS + 6);
	for (int trial = 0; trial < 400; trial++) {
		int at = trial % (records + 1), synced = last_synced(at);
		struct found f;
		int puts;

		random_state = (uint32_t)trial;
		copy_blocks(old, cut, 0, DEVICE, 8);
		/* The first superblock that the new dump wrote: the second place, since the old one's last is in the
		 * first. */
		copy_blocks(done, cut, RAWDUMP_LOG, place[synced], 8);
		copy_blocks(done, cut, place[synced], place[at], (unsigned)trial % 9);
		copy_blocks(done, cut, RAWDUMP_SUPER_0, RAWDUMP_SUPER_0 + 4096, 8);
		recover(t, cut, false, &f);
		puts = puts_in(&f);
		if (f.result == -ENODATA)
			puts = 0;
		else
			CHECK_INT(t, f.result, 0);
		CHECK(t, puts >= puts_before(synced) && puts <= (at > 3 ? puts_before(at) + 1 : 0));
		CHECK(t, !f.whole || at >= records - 1);
		if (puts >= 0)
			seen[puts]++;
		drop(&f);
	}
	CHECK(t, seen[0] > 0 && seen[PUTS] > 0 && seen[PUTS / 2] + seen[PUTS / 2 + 1] > 0);
	close(old);
	close(done);
	close(cut);
}

/* Every write and sync fails once, with two errors: the device then holds a prefix, or what it held before. */
static void faults(struct test *t)
{
	static const int errors[] = {ENOSPC, EIO};

	for (int i = 0; i < 2; i++) {
		for (long nth = 1;; nth++) {
			int fd = scratch_device(t, "faulty"), r;
			struct error e = {.code = 0};
			struct found f;

			faults_arm(nth, errors[i]);
			r = write_dump(fd, DEVICE, 1700000000, PUTS, false, &e);
			faults_arm(0, 0);
			recover(t, fd, false, &f);
			CHECK(t, puts_in(&f) >= 0);
			CHECK(t, r == 0 || r == -errors[i]);
			CHECK(t, r != 0 || f.whole);
			drop(&f);
			close(fd);
			if (r == 0) {
				CHECK(t, nth > PUTS);
				break;
			}
		}
	}
}

static void full(struct test *t)
{
	int fd = open_device(t, DEVICE);
	struct error e;
	struct found f;

	CHECK_INT(t, write_dump(fd, RAWDUMP_LOG, 1700000000, PUTS, false, &e), -ENOSPC);
	CHECK_INT(t, write_dump(fd, RAWDUMP_LOG + 80000, 1700000000, PUTS, false, &e), -ENOSPC);
	CHECK_HAS(t, e.text, "full");
	recover(t, fd, false, &f);
	CHECK(t, puts_in(&f) > 3);
	CHECK(t, !f.whole);
	drop(&f);
	close(fd);
}

/* A KDUMP file before its first sync is nothing that a reader takes; from then on what is reserved is a part of it. */
static void begun(struct test *t)
{
	static const char head[64] = "KDUMP   ";

	for (int step = 0; step < 3; step++) {
		int fd = scratch_device(t, "begun");
		struct raw_writer *writer = NULL;
		struct sink *sink = NULL;
		struct error e;
		struct found f;

		CHECK_INT(t, raw_writer_open(fd, DEVICE, "device", host, 1700000000, false, &writer, &e), 0);
		CHECK_INT(t, raw_writer_file(writer, "vmcore-dmesg.txt", &sink, &e), 0);
		CHECK_INT(t, sink_put(sink, 0, "panic\n", 6, &e), 0);
		if (step > 0)
			CHECK_INT(t, sink_commit(sink, 6, &e), 0);
		sink_destroyp(&sink);
		CHECK_INT(t, raw_writer_file(writer, "vmcore", &sink, &e), 0);
		CHECK_INT(t, sink_reserve(sink, 4096, 8192, &e), 0);
		CHECK_INT(t, sink_put(sink, 0, head, sizeof(head), &e), 0);
		if (step == 2)
			CHECK_INT(t, sink_sync(sink, &e), 0);
		sink_destroyp(&sink);
		raw_writer_closep(&writer);
		recover(t, fd, false, &f);
		CHECK_INT(t, f.result, 0);
		CHECK_INT(t, f.saved.files, step > 0);
		CHECK_INT(t, f.saved.cut, step > 0 ? 1 : 2);
		CHECK(t, !f.whole && (f.vmcore != NULL) == (step == 2));
		CHECK_INT(t, f.vmcore ? (long)f.size : 0, step == 2 ? 12288 : 0);
		drop(&f);
		close(fd);
	}
}

/* One bit of every record of a complete dump, in turn: found, named, and no file called whole that lacks something. */
static void flipped_bits(struct test *t)
{
	int fd = open_device(t, DEVICE);
	uint64_t place[PUTS + 10];
	struct error e;
	int records;

	CHECK_INT(t, write_dump(fd, DEVICE, 1700000000, PUTS, false, &e), 0);
	records = record_places(t, fd, place, PUTS + 10);
	for (int i = 0; i < 2 * records; i++) {
		uint64_t at = place[i / 2] + (i % 2 ? RAWDUMP_HEADER_SIZE : 20);
		struct found f;
		uint8_t byte;

		CHECK_INT(t, read_all_at(fd, &byte, 1, at), 1);
		byte ^= 4;
		CHECK_INT(t, write_all_at(fd, &byte, 1, at), 0);
		recover(t, fd, false, &f);
		/* A record without data has nothing to damage behind its header. */
		if (place[i / 2 + 1] - place[i / 2] > RAWDUMP_ALIGN || i % 2 == 0)
			CHECK_INT(t, f.saved.damages, 1);
		CHECK(t, f.saved.damages == 0 || f.saved.files < 2);
		drop(&f);
		byte ^= 4;
		CHECK_INT(t, write_all_at(fd, &byte, 1, at), 0);
	}
	close(fd);
}

/* A superblock that cannot be read is not "no dump", neither for who reads nor for who would write over it. */
static void unreadable_superblock(struct test *t)
{
	int fd = open_device(t, DEVICE);
	struct raw_writer *writer = NULL;
	struct raw_reader reader;
	struct error e;

	CHECK_INT(t, write_dump(fd, DEVICE, 1700000000, 3, false, &e), 0);
	for (int nth = 1; nth <= 2; nth++) {
		faults_arm_read(nth, 2, ENODATA);
		CHECK_INT(t, raw_reader_init(&reader, fd, DEVICE, "device", &e), -EIO);
		CHECK_HAS(t, e.text, "reading device at ");
		raw_reader_deinit(&reader);
		faults_arm_read(nth, 2, EIO);
		CHECK_INT(t, raw_writer_open(fd, DEVICE, "device", host, 1, true, &writer, &e), -EIO);
	}
	faults_arm_read(0, 0, 0);
	close(fd);
}

/* Once: it is read again. */
static void passing_read_errors(struct test *t)
{
	int fd = open_device(t, DEVICE);
	struct error e;
	struct found f;

	CHECK_INT(t, write_dump(fd, DEVICE, 1700000000, PUTS, false, &e), 0);
	for (int nth = 1; nth < 3 * PUTS; nth++) {
		faults_arm_read(nth, 1, EIO);
		recover(t, fd, false, &f);
		CHECK_INT(t, f.result, 0);
		CHECK(t, f.whole && puts_in(&f) == PUTS);
		drop(&f);
	}
	faults_arm_read(0, 0, 0);
	close(fd);
}

/*
 * Every read of the device fails in turn, twice or from there on: savecore fails, no file is called whole that is not,
 * and the next run saves the dump into the same directory.
 */
static void each_read(struct test *t, long count)
{
	static const int errors[] = {EIO, ENOMEM, ENODATA};
	int fd = open_device(t, DEVICE), first = -1;
	struct error e;
	struct found f;

	CHECK_INT(t, write_dump(fd, DEVICE, 1700000000, PUTS, true, &e), 0);
	for (int nth = 3; first != 0 && nth < 10 * PUTS; nth++) {
		faults_arm_read(nth, count, errors[nth % 3]);
		recover(t, fd, false, &f);
		first = f.result;
		/* Past the last read. */
		if (first == 0)
			break;
		CHECK_INT(t, f.result, -EIO);
		CHECK(t, !f.whole);
		free(f.saved.directory);
		free(f.saved.saving);
		faults_arm_read(0, 0, 0);
		recover(t, fd, false, &f);
		CHECK_INT(t, f.result, 0);
		CHECK(t, f.whole && puts_in(&f) == PUTS);
		CHECK_HAS(t, f.saved.directory, "/appliance-2023-11-14-221320");
		CHECK(t, !strstr(f.saved.directory, "-221320-"));
		drop(&f);
	}
	CHECK_INT(t, first, 0);
	drop(&f);
	faults_arm_read(0, 0, 0);
	close(fd);
}

static void read_errors(struct test *t)
{
	each_read(t, 2);
	each_read(t, 1000000);
}

/* Killed before it could mark the device: the next run has the same directory, and after the mark another one. */
static void killed_before_the_mark(struct test *t)
{
	int fd = open_device(t, DEVICE);
	struct found one, two, three;
	struct error e;

	CHECK_INT(t, write_dump(fd, DEVICE, 1700000000, PUTS, false, &e), 0);
	recover(t, fd, false, &one);
	recover(t, fd, false, &two);
	CHECK(t, one.whole && two.whole);
	CHECK_STR(t, two.saved.directory, one.saved.directory);
	CHECK_INT(t, unlink(two.saved.saving), 0);
	recover(t, fd, false, &three);
	CHECK_HAS(t, three.saved.directory, "-221320-2");
	drop(&three);
	drop(&two);
	free(one.saved.directory);
	free(one.saved.saving);
	free(one.vmcore);
	close(fd);
}

static void bad_names(struct test *t)
{
	CHECK(t, rawdump_good_name("vmcore-dmesg.txt"));
	CHECK(t, !rawdump_good_name("../../etc/passwd"));
	CHECK(t, !rawdump_good_name(".."));
	CHECK(t, !rawdump_good_name(""));
	CHECK(t, !rawdump_good_name("a/b"));
}

void suite_raw(struct test *t)
{
	test_run(t, "crc", crc);
	test_run(t, "whole", whole);
	test_run(t, "unsaved", unsaved);
	test_run(t, "power_cuts", power_cuts);
	test_run(t, "begun", begun);
	test_run(t, "faults", faults);
	test_run(t, "full", full);
	test_run(t, "flipped_bits", flipped_bits);
	test_run(t, "a superblock that cannot be read", unreadable_superblock);
	test_run(t, "each read of the device fails once", passing_read_errors);
	test_run(t, "each read of the device fails in turn", read_errors);
	test_run(t, "killed before the device was marked", killed_before_the_mark);
	test_run(t, "bad_names", bad_names);
}
