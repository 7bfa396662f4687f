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
static int write_owned(int fd, uint64_t size, uint64_t time, int puts, bool replace, const struct rawdump_owner *owner,
		       struct error *e)
{
	struct raw_writer *writer = NULL;
	static uint8_t data[32768];
	struct sink *sink = NULL;
	uint64_t end = 0;
	int r = raw_writer_open(
		fd, size, "device",
		&(struct raw_writer_request){.host = host, .crash_time = time, .replace = replace, .owner = owner},
		&writer, e);

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

static int write_dump(int fd, uint64_t size, uint64_t time, int puts, bool replace, struct error *e)
{
	return write_owned(fd, size, time, puts, replace, NULL, e);
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
	f->result = raw_reader_init(&reader, fd, DEVICE, "device", NULL, &e);
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

	CHECK_INT(t, raw_reader_init(&reader, fd, DEVICE, "device", NULL, &e), 1);
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

		CHECK_INT(t,
			  raw_writer_open(fd, DEVICE, "device",
					  &(struct raw_writer_request){
						  .host = host, .crash_time = 1700000000, .replace = false},
					  &writer, &e),
			  0);
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
		CHECK_INT(t, raw_reader_init(&reader, fd, DEVICE, "device", NULL, &e), -EIO);
		CHECK_HAS(t, e.text, "reading device at ");
		raw_reader_deinit(&reader);
		faults_arm_read(nth, 2, EIO);
		CHECK_INT(t,
			  raw_writer_open(fd, DEVICE, "device",
					  &(struct raw_writer_request){.host = host, .replace = true}, &writer, &e),
			  -EIO);
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

/* --- whose dump it is --------------------------------------------------------------------------------------------- */

#define TOKEN_1 "00000000-1111-4222-8333-444444444444"
#define TOKEN_2 "55555555-6666-4777-8888-999999999999"
#define TOKEN_3 "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

static const struct rawdump_owner owner_1 = {.tokens = TOKEN_1}, owner_2 = {.tokens = TOKEN_2},
				  rotated = {.tokens = TOKEN_2 "," TOKEN_1};

/* A superblock as a program can have it swapped out: everything is right but the token. */
static void forge(struct test *t, int fd, uint64_t at, uint64_t sequence, const char *token)
{
	struct rawdump_super super = {.sequence = sequence,
				      .state = RAWDUMP_COMPLETE,
				      .crash_time = 1800000000,
				      .log_end = RAWDUMP_LOG + 8 * RAWDUMP_ALIGN,
				      .records = 8,
				      .host = "forged"};
	uint8_t block[RAWDUMP_SUPER_SIZE];
	struct crc32 crc;

	crc32_init(&crc);
	memcpy(super.token, token, strlen(token));
	rawdump_write_super(block, &super, &crc);
	CHECK_INT(t, write_all_at(fd, block, sizeof(block), at), 0);
}

/* The dump that counts on a device: its state, its host and whether it is ours. */
static struct raw_reader look(struct test *t, int fd, const struct rawdump_owner *owner)
{
	struct raw_reader reader;
	struct error e;

	CHECK_INT(t, raw_reader_init(&reader, fd, DEVICE, "device", owner, &e), 1);
	raw_reader_deinit(&reader);
	return reader;
}

static void tokens(struct test *t)
{
	static const char *const forged[] = {"", TOKEN_3, "00000000"};
	struct rawdump_super super = {.token = TOKEN_1};
	struct rawdump_owner without = {.tokens = TOKEN_1, .without = true}, none = {.tokens = ""};

	CHECK(t, rawdump_is_ours(&super, &owner_1));
	CHECK(t, !rawdump_is_ours(&super, &owner_2));
	CHECK(t, rawdump_is_ours(&super, &rotated));
	CHECK(t, rawdump_is_ours(&super, &none));
	CHECK(t, rawdump_is_ours(&super, NULL));
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		super = (struct rawdump_super){.state = RAWDUMP_COMPLETE};
		memcpy(super.token, forged[i], strlen(forged[i]));
		CHECK(t, !rawdump_is_ours(&super, &owner_1));
		CHECK(t, !rawdump_is_ours(&super, &rotated));
		CHECK_INT(t, rawdump_is_ours(&super, &without), i == 0);
	}
}

/* What others left in either place, however new it says to be, keeps no dump from being written, found and saved. */
static void forged_supers(struct test *t)
{
	static const uint64_t sequences[] = {0, 1, 7, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};

	for (unsigned i = 0; i < 3 * sizeof(sequences) / sizeof(sequences[0]); i++) {
		int fd = scratch_device(t, "forged");
		struct raw_reader reader;
		struct error e;
		struct found f;

		if (i % 3 != 1)
			forge(t, fd, RAWDUMP_SUPER_0, sequences[i / 3], i % 2 ? "" : TOKEN_3);
		if (i % 3 != 0)
			forge(t, fd, RAWDUMP_SUPER_1, sequences[i / 3], TOKEN_3);
		CHECK(t, !look(t, fd, &owner_1).ours);
		/* One that begins, and breaks off. */
		CHECK_INT(t, write_owned(fd, RAWDUMP_LOG + 80000, 1700000000, PUTS, false, &owner_1, &e), -ENOSPC);
		CHECK(t, look(t, fd, &owner_1).ours);
		CHECK_INT(t, look(t, fd, &owner_1).super.state, RAWDUMP_WRITING);
		CHECK_INT(t, write_owned(fd, DEVICE, 1700000000, PUTS, false, &owner_1, &e), 0);
		CHECK_STR(t, look(t, fd, &owner_1).super.host, host);
		CHECK_INT(t, look(t, fd, &owner_1).super.state, RAWDUMP_COMPLETE);
		CHECK_INT(t, write_owned(fd, DEVICE, 1700000000, PUTS, false, &owner_1, &e), -EEXIST);
		recover(t, fd, true, &f);
		CHECK_INT(t, puts_in(&f), PUTS);
		drop(&f);
		/* What appears after that is not ours, and is marked for good. */
		forge(t, fd, i % 2 ? RAWDUMP_SUPER_0 : RAWDUMP_SUPER_1, sequences[i / 3], "");
		forge(t, fd, i % 2 ? RAWDUMP_SUPER_1 : RAWDUMP_SUPER_0, sequences[i / 3], TOKEN_3);
		CHECK_INT(t, raw_reader_init(&reader, fd, DEVICE, "device", &owner_1, &e), 1);
		CHECK(t, !reader.ours);
		CHECK_INT(t, raw_reader_mark(&reader, RAWDUMP_SAVED, &e), 0);
		raw_reader_deinit(&reader);
		CHECK_INT(t, look(t, fd, &owner_1).super.state, RAWDUMP_SAVED);
		CHECK_INT(t, look(t, fd, NULL).super.state, RAWDUMP_SAVED);
		close(fd);
	}
}

/* Where no token is known, at least a dump that replaces another is the newer one, also after the highest number. */
static void highest_sequence(struct test *t)
{
	int fd = scratch_device(t, "highest");
	struct error e;

	forge(t, fd, RAWDUMP_SUPER_0, UINT64_MAX, "");
	CHECK_INT(t, write_dump(fd, RAWDUMP_LOG + 80000, 1700000000, PUTS, true, &e), -ENOSPC);
	CHECK_INT(t, look(t, fd, NULL).super.state, RAWDUMP_WRITING);
	CHECK_STR(t, look(t, fd, NULL).super.host, host);
	close(fd);
}

/* A dump with the current token or the one before it stays until it is saved; any other is nobody's. */
static void owners(struct test *t)
{
	int fd = scratch_device(t, "owners");
	struct error e;

	CHECK_INT(t, write_owned(fd, DEVICE, 1700000000, 5, false, &owner_1, &e), 0);
	CHECK_STR(t, look(t, fd, NULL).super.token, TOKEN_1);
	CHECK_INT(t, write_owned(fd, DEVICE, 1700000100, 6, false, &owner_1, &e), -EEXIST);
	CHECK_INT(t, write_owned(fd, DEVICE, 1700000100, 6, false, &rotated, &e), -EEXIST);
	CHECK_INT(t, write_owned(fd, DEVICE, 1700000100, 6, false, NULL, &e), -EEXIST);
	CHECK_INT(t, write_owned(fd, DEVICE, 1700000100, 6, true, &rotated, &e), 0);
	CHECK_STR(t, look(t, fd, NULL).super.token, TOKEN_2);
	CHECK_INT(t, write_owned(fd, DEVICE, 1700000200, 7, false, &owner_1, &e), 0);
	CHECK_STR(t, look(t, fd, NULL).super.token, TOKEN_1);
	/* From a version without tokens, or armed without one. */
	CHECK_INT(t, write_owned(fd, DEVICE, 1700000300, 7, true, NULL, &e), 0);
	CHECK_STR(t, look(t, fd, NULL).super.token, "");
	CHECK_INT(t, write_owned(fd, DEVICE, 1700000400, 7, false, &owner_1, &e), 0);
	close(fd);
}

/* Swapping may overwrite one of the superblocks of a saved dump and leave the other: it stays saved. */
static void half_swapped(struct test *t)
{
	static const uint8_t swapped[RAWDUMP_ALIGN] = "a program's page";

	for (int i = 0; i < 4; i++) {
		int fd = scratch_device(t, "half");
		struct error e;
		struct found f;

		for (int k = 0; k <= i / 2; k++)
			CHECK_INT(t, write_owned(fd, DEVICE, 1700000000, 5, true, &owner_1, &e), 0);
		recover(t, fd, true, &f);
		drop(&f);
		CHECK_INT(t, write_all_at(fd, swapped, sizeof(swapped), i % 2 ? RAWDUMP_SUPER_0 : RAWDUMP_SUPER_1), 0);
		CHECK_INT(t, look(t, fd, &owner_1).super.state, RAWDUMP_SAVED);
		CHECK_INT(t, write_owned(fd, DEVICE, 1700000100, 6, false, &owner_1, &e), 0);
		close(fd);
	}
}

/* --- what no file can be ------------------------------------------------------------------------------------------ */

/* A dump of one file: a put that gets damaged, between one before it and one far after it. */
static void put_far(struct test *t, int fd, const char *name, uint64_t far)
{
	struct raw_writer *writer = NULL;
	struct sink *sink = NULL;
	static uint8_t data[5000];
	struct error e;
	uint64_t at;

	memset(data, 'x', sizeof(data));
	CHECK_INT(t,
		  raw_writer_open(fd, DEVICE, "device",
				  &(struct raw_writer_request){.host = host, .crash_time = 1700000000}, &writer, &e),
		  0);
	CHECK_INT(t, raw_writer_file(writer, name, &sink, &e), 0);
	CHECK_INT(t, sink_put(sink, 0, data, 10, &e), 0);
	CHECK_INT(t, sink_put(sink, 10, data, sizeof(data), &e), 0);
	CHECK_INT(t, sink_put(sink, far, data, 10, &e), 0);
	CHECK_INT(t, sink_commit(sink, far + 10, &e), 0);
	sink_destroyp(&sink);
	CHECK_INT(t, raw_writer_complete(writer, &e), 0);
	raw_writer_closep(&writer);
	at = RAWDUMP_LOG + 2 * RAWDUMP_ALIGN + RAWDUMP_HEADER_SIZE;
	CHECK_INT(t, write_all_at(fd, "?", 1, at), 0);
}

/* It is the dump's own fault, and would be the same at each boot: what can be used of it is saved, and it is marked. */
static void unusable(struct test *t)
{
	static const struct {
		const char *name;
		uint64_t far;
		int result;
	} cases[] = {
		{"text", 100000, 0},
		{"text", (uint64_t)1 << 40, -ERANGE},
		{"text", INT64_MAX - 100, -ERANGE},
		{"text", (uint64_t)1 << 63, -ERANGE},
		{"a b", 100000, -ERANGE},
		{"../escape", 100000, -ERANGE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = scratch_device(t, "far");
		struct found f;

		put_far(t, fd, cases[i].name, cases[i].far);
		recover(t, fd, false, &f);
		CHECK_INT(t, f.result, cases[i].result);
		CHECK_INT(t, f.saved.files, 0);
		if (f.saved.directory && cases[i].result == 0) {
			char path[500];

			snprintf(path, sizeof(path), "%s/text-incomplete", f.saved.directory);
			CHECK_INT(t, unlink(path), 0);
		}
		drop(&f);
		close(fd);
	}
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
	test_run(t, "tokens", tokens);
	test_run(t, "forged superblocks", forged_supers);
	test_run(t, "the highest sequence number", highest_sequence);
	test_run(t, "owners", owners);
	test_run(t, "saved, and half swapped over", half_swapped);
	test_run(t, "unusable dumps", unusable);
}
