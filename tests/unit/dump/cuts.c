/*
 * Power cuts: what a dump does to its file is written down, and replayed up to a cut, with what was not yet synced lost
 * in part. Whatever is left opens, has no wrong page, and is called complete only when it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dump/identity.h"
#include "dump/info.h"
#include "dump/sink/sink_open.h"
#include "dump/vmcore.h"
#include "sys/file.h"
#include "unit/faults.h"
#include "unit/fake_kernel.h"

/* --- cuts --------------------------------------------------------------------------------------------------------- */

enum { SECTOR = 512, MOST_OPS = 4096, HEAD = 25, ROOM = 16 << 20 };

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
static void check_left(struct test *t, struct fake *f, const struct disk *d, const char *path, bool elf,
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
	(elf ? fake_kernel_look_elf : fake_kernel_look)(f, file, &look);
	CHECK_INT(t, look.wrong, 0);
	/* An ELF file tells of no page that it does not have. */
	CHECK(t, elf ? look.with_data == look.pages : look.pages == told.dumped && look.pages > 0);
	CHECK(t, elf || told.dumped - told.missing == look.with_data);
	CHECK(t, told.incomplete || look.pages > 0);
	CHECK(t, told.incomplete || look.with_data == look.pages);
	CHECK(t, told.incomplete || d->name == 'f' || look.with_data == look.pages);
	CHECK(t, d->name != 'f' || !told.incomplete);
	outcomes->incomplete += told.incomplete;
	outcomes->complete += !told.incomplete;
}

/* More than a sync's worth, twice; the sizes in program header 54 lie in two sectors. */
static void make_segments(struct fake *f)
{
	for (unsigned i = 0; i < 55; i++)
		f->segments[i] = (struct segment){.paddr = KNOWN_BASE + (i < 53 ? i * FAKE_PAGE : 0),
						  .vaddr = UINT64_MAX,
						  .size = i < 53 ? FAKE_PAGE : FAKE_SIZE};
	f->source.nr_segments = 55;
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

	fake_kernel_init(&f);
	if (o->format == SAVE_ELF)
		make_segments(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	snprintf(rest, sizeof(rest), "%s/rest", t->scratch);
	snprintf(log, sizeof(log), "%s/log", t->scratch);
	faults_record(log);
	CHECK_INT(t, fake_kernel_save(&f, o, path, &stats, &e), 0);
	faults_record(NULL);
	written = fake_kernel_slurp(t, log);
	nr = parse(t, written, ops);
	CHECK(t, nr > 20);
	random_state = 5;
	for (unsigned i = 0; i < cuts && t->ok; i++) {
		size_t cut = i <= nr ? i : next_random() % (nr + 1);

		for (enum loss loss = 0; loss < NR_LOSSES; loss++) {
			replay(&d, ops, cut, loss);
			check_left(t, &f, &d, rest, o->format == SAVE_ELF, &outcomes);
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

static void every_cut_of_elf(struct test *t)
{
	check_cuts(t, &(struct save_options){.format = SAVE_ELF, .level = 0}, 200);
}

/* --- a real vmcore ------------------------------------------------------------------------------------------------ */

/* A real vmcore, for qemu-tests/test_cuts.py: CUTS_VMCORE is saved as CUTS_DUMP, and CUTS_DUMP.log says how. */
static void real_vmcore(struct test *t)
{
	const char *vmcore = getenv("CUTS_VMCORE"), *path = getenv("CUTS_DUMP");
	struct save_options o = {.codec = CODEC_FAST, .level = 31};
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
	CHECK_INT(t, sink_open(path, SINK_REPLACE, &sink, &e), 0);
	CHECK_INT(t, save_dump(source, &kernel, &id, &o, sink, NULL, NULL, &stats, &e), 0);
	faults_record(NULL);
	sink_destroyp(&sink);
	kernel_deinit(&kernel);
	vmcore_close(source);
}

void suite_cuts(struct test *t)
{
	test_run(t, "200 power cuts of two dumps, three ways of losing writes", every_cut);
	test_run(t, "200 power cuts of an ELF dump", every_cut_of_elf);
	if (getenv("CUTS_VMCORE") && getenv("CUTS_DUMP"))
		test_run(t, "a real vmcore is saved and written down", real_vmcore);
}
