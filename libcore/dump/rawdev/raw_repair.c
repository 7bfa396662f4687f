#include "dump/rawdev/raw_repair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "dump/dump_summary.h"
#include "fmt/elf.h"
#include "fmt/kdump_format.h"
#include "sys/file.h"

enum { CHUNK = 4096 };

/* --- what is missing ---------------------------------------------------------------------------------------------- */

struct gap {
	uint64_t from, to;
};

/* A part of the file that is written from start to end; data put there a second time was there before. */
struct cover {
	uint64_t from, to, end; /* end: the data read so far reaches up to here */
	bool harmed;            /* something was lost after the last of them */
	struct gap *gap;        /* in rising order */
	size_t count;
};

static int add_gap(struct cover *c, uint64_t to, struct error *e)
{
	struct gap *larger = realloc(c->gap, (c->count + 1) * sizeof(*larger));

	if (!larger)
		return error_set(e, ENOMEM, "no memory for %zu damaged places", c->count);
	c->gap = larger;
	c->gap[c->count++] = (struct gap){.from = c->end, .to = to};
	return 0;
}

/* The range between two puts is a gap if something was lost between them, otherwise a hole. */
static int cover_add(struct cover *c, uint64_t offset, uint64_t size, struct error *e)
{
	int r = 0;

	if (offset + size <= c->end)
		return 0;
	if (offset > c->end && c->harmed)
		r = add_gap(c, offset, e);
	c->harmed = false;
	c->end = offset + size;
	return r;
}

static bool is_covered(const struct cover *c, uint64_t offset, uint64_t size)
{
	size_t low = 0, high = c->count;

	if (offset < c->from || size > c->end || offset > c->end - size)
		return false;
	/* The first gap that ends after the offset. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->gap[middle].to > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low == c->count || c->gap[low].from >= offset + size;
}

struct work {
	const struct raw_repair *m;
	struct cover front, data; /* front: of a KDUMP file, up to the end of bitmap 2; all others have none */
	uint8_t chunk[CHUNK];
};

/* A whole record. The front exists before the first sync; data put there later was there before. */
static int look_at(struct work *w, const struct rawdump_record *record, bool *synced, struct error *e)
{
	int r;

	if (record->kind == RAWDUMP_SYNC && !*synced) {
		*synced = true;
		return w->front.harmed && w->front.end < w->front.to ? add_gap(&w->front, w->front.to, e) : 0;
	}
	if (record->kind != RAWDUMP_DATA)
		return 0;
	if (record->offset >= w->data.from)
		return cover_add(&w->data, record->offset, record->size, e);
	r = *synced ? 0 : cover_add(&w->front, record->offset, record->size, e);
	w->front.harmed = false;
	return r;
}

/* What is repaired was on the device, so it is not larger than that; a header or an offset may say otherwise. */
static int check_size(const struct raw_repair *m, uint64_t size, struct error *e)
{
	if (size <= m->reader->size)
		return 0;
	return error_set(e, ERANGE, "%s would be larger than its device", m->name);
}

/* Reads the file's records once more to find what exists of the two parts. */
static int look_through(struct work *w, struct error *e)
{
	struct raw_reader *reader = w->m->reader;
	struct rawdump_record record;
	bool synced = false;
	struct span data;
	int r;

	w->front.harmed = w->data.harmed = w->m->headless;
	while ((r = raw_reader_next(reader, &record, &data, e)) != 0) {
		if (r < 0 && r != -EILSEQ)
			return r;
		if (r > 0 && record.file != w->m->file)
			break;
		if (r < 0)
			w->front.harmed = w->data.harmed = true;
		else if (record.kind == RAWDUMP_END)
			break;
		else if ((r = look_at(w, &record, &synced, e)) < 0)
			return r;
	}
	/* Without the sync record the end of the front is unknown. */
	if (!synced && w->front.to)
		return add_gap(&w->front, w->front.to, e);
	return 0;
}

static int read_at(struct work *w, void *out, size_t size, uint64_t offset, struct error *e)
{
	ssize_t n = read_all_at(w->m->fd, out, size, offset);

	if (n < 0)
		return error_set(e, (int)-n, "reading %s: %s", w->m->name, strerror((int)-n));
	memset((uint8_t *)out + n, 0, size - (size_t)n);
	return 0;
}

static int fill_with_marks(struct work *w, uint64_t from, uint64_t to, struct error *e)
{
	int r = 0;

	encode_mark(w->chunk, CHUNK);
	while (r == 0 && from < to) {
		size_t skip = (size_t)(from % CHUNK), n = to - from < CHUNK - skip ? (size_t)(to - from) : CHUNK - skip;

		r = sink_put(w->m->sink, from, w->chunk + skip, n, e);
		from += n;
	}
	return r;
}

/* Our note is the last one. It still says what the dump left out. Returns whether it exists. */
static bool mark_note(struct work *w, uint64_t end_of_notes, struct dump_stats *stats, struct error *e)
{
	uint8_t note[SUMMARY_NOTE_SIZE];
	unsigned level = 0;

	if (end_of_notes < sizeof(note) || read_at(w, note, sizeof(note), end_of_notes - sizeof(note), e) < 0 ||
	    !summary_read_note(span_of(note, sizeof(note)), stats, &level))
		return false;
	stats->lost = true;
	summary_write_note(note, stats, level, true);
	return sink_put(w->m->sink, end_of_notes - sizeof(note), note, sizeof(note), e) == 0;
}

/* --- KDUMP -------------------------------------------------------------------------------------------------------- */

struct kdump_work {
	struct work w;
	struct kdump_layout at;
	uint32_t block_size;
	uint64_t expected;                /* bits in bitmap 2; 0: unknown */
	uint64_t unsure_from, unsure_end; /* ranks in the table */
	uint64_t emptied;
};

static int count_bits(struct work *w, uint64_t from, uint64_t to, uint64_t *bits, struct error *e)
{
	int r = 0;

	for (*bits = 0; r == 0 && from < to; from += CHUNK) {
		size_t n = to - from < CHUNK ? (size_t)(to - from) : CHUNK;

		r = read_at(w, w->chunk, n, from, e);
		for (size_t i = 0; i < n; i++)
			*bits += (unsigned)__builtin_popcount(w->chunk[i]);
	}
	return r;
}

/* Sets up to *bits bits in a gap, and subtracts them. */
static int put_ones(struct work *w, const struct gap *gap, uint64_t *bits, struct error *e)
{
	int r = 0;

	for (uint64_t at = gap->from; r == 0 && *bits && at < gap->to; at++) {
		unsigned n = *bits < 8 ? (unsigned)*bits : 8;
		uint8_t byte = (uint8_t)((1 << n) - 1);

		r = sink_put(w->m->sink, at, &byte, 1, e);
		*bits -= n;
	}
	return r;
}

/*
 * A page's rank in the table is the number of bits before its own: after a lost part of bitmap 2 all ranks would be
 * too low. The number of lost bits is known: as many are set in the lost part, so that the ranks after it are right
 * again. The descriptors up to there are unreliable.
 */
static int repair_bitmap(struct kdump_work *k, struct error *e)
{
	const struct cover *lost = &k->w.front;
	uint64_t before, all, room = 0, missing;
	int r;

	if (!lost->count)
		return 0;
	r = count_bits(&k->w, k->at.bitmap2, lost->gap[0].from, &before, e);
	if (r == 0)
		r = count_bits(&k->w, k->at.bitmap2, k->at.descs, &all, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < lost->count; i++)
		room += (lost->gap[i].to - lost->gap[i].from) * 8;
	k->unsure_from = before;
	k->unsure_end = UINT64_MAX;
	/* Without the number, no rank after the gap is reliable. */
	if (k->expected < all || k->expected - all > room)
		return 0;
	missing = k->expected - all;
	r = count_bits(&k->w, lost->gap[0].from, lost->gap[lost->count - 1].to, &all, e);
	k->unsure_end = missing ? before + all + missing : 0;
	for (size_t i = 0; r == 0 && i < lost->count; i++)
		r = put_ones(&k->w, &lost->gap[i], &missing, e);
	return r;
}

/* Whether a descriptor is as the encoder put it, whole, and its data exists. */
static bool is_sure(const struct kdump_work *k, uint64_t rank, const uint8_t *desc)
{
	uint64_t offset = get_le64(desc);
	uint32_t size = get_le32(desc + 8), flags = get_le32(desc + 12);

	if (rank >= k->unsure_from && rank < k->unsure_end)
		return false;
	if (size == 0 || (flags == KDUMP_PAGE_RAW ? size != k->block_size : flags != KDUMP_PAGE_ZLIB))
		return false;
	return offset >= k->at.data && is_covered(&k->w.data, offset, size);
}

static int repair_descs(struct kdump_work *k, struct error *e)
{
	static const uint8_t empty[KDUMP_DESC_SIZE];
	enum { STEP = CHUNK / KDUMP_DESC_SIZE };
	uint8_t descs[STEP * KDUMP_DESC_SIZE];
	uint64_t total;
	int r = count_bits(&k->w, k->at.bitmap2, k->at.descs, &total, e);

	if (r == 0)
		r = check_size(k->w.m, k->at.descs + total * KDUMP_DESC_SIZE, e);
	k->at.data = k->at.descs + total * KDUMP_DESC_SIZE;
	for (uint64_t rank = 0; r == 0 && rank < total; rank += STEP) {
		size_t n = total - rank < STEP ? (size_t)(total - rank) : STEP, changed = 0;

		r = read_at(&k->w, descs, n * KDUMP_DESC_SIZE, k->at.descs + rank * KDUMP_DESC_SIZE, e);
		for (size_t i = 0; r == 0 && i < n; i++) {
			uint8_t *desc = descs + i * KDUMP_DESC_SIZE;

			if (is_sure(k, rank + i, desc) || memcmp(desc, empty, sizeof(empty)) == 0)
				continue;
			memset(desc, 0, sizeof(empty));
			changed++;
		}
		k->emptied += changed;
		if (r == 0 && changed)
			r = sink_put(k->w.m->sink, k->at.descs + rank * KDUMP_DESC_SIZE, descs, n * KDUMP_DESC_SIZE, e);
	}
	return r;
}

/* Reads from the dump's note how many pages it should have. */
static int read_note(struct kdump_work *k, struct span start, struct error *e)
{
	uint8_t sub[KDUMP_SUB_HEADER_SIZE];
	struct dump_stats stats;
	struct kdump_header h;
	struct error ignored;
	int r = read_at(&k->w, sub, sizeof(sub), k->block_size, e);

	if (r < 0)
		return r;
	if (kdump_read_header(start, span_of(sub, sizeof(sub)), &h, &ignored) == 0 &&
	    mark_note(&k->w, h.notes_offset + h.notes_size, &stats, &ignored))
		for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++)
			k->expected += stats.by_priority[p];
	return 0;
}

/*
 * Where the pages' data begins: after as many descriptors as the dump should have. A descriptor in the table does not
 * prove that the data put before it exists.
 */
static int find_data(struct kdump_work *k, struct error *e)
{
	uint64_t bits = k->expected;
	int r = bits ? 0 : count_bits(&k->w, k->at.bitmap2, k->at.descs, &bits, e);

	if (bits <= (k->at.descs - k->at.bitmap2) * 8)
		k->w.data.end = k->at.descs + bits * KDUMP_DESC_SIZE;
	return r;
}

static int repair_kdump(const struct raw_repair *m, uint8_t start[KDUMP_HEADER_SIZE], struct error *e)
{
	struct kdump_work k = {.w = {.m = m}};
	struct span header = span_of(start, KDUMP_HEADER_SIZE);
	struct stat st;
	int r;

	if (fstat(m->fd, &st) != 0)
		return error_errno(e, "%s", m->name);
	/* What no reader opens, and what has no page, needs no repair. */
	if (kdump_read_layout(header, &k.at, e) < 0 || k.at.descs > (uint64_t)st.st_size)
		return 0;
	r = check_size(m, k.at.descs, e);
	if (r < 0)
		return r;
	k.block_size = (uint32_t)(k.at.notes - KDUMP_SUB_HEADER_SIZE);
	k.w.front = (struct cover){.from = k.at.bitmap2, .to = k.at.descs, .end = k.at.bitmap2};
	k.w.data = (struct cover){.from = k.at.descs, .to = UINT64_MAX, .end = k.at.descs};
	kdump_mark_incomplete(start);
	r = sink_put(m->sink, 0, start, KDUMP_HEADER_SIZE, e);
	if (r == 0)
		r = read_note(&k, header, e);
	if (r == 0)
		r = find_data(&k, e);
	if (r == 0)
		r = look_through(&k.w, e);
	if (r == 0)
		r = repair_bitmap(&k, e);
	if (r == 0)
		r = repair_descs(&k, e);
	if (r == 0)
		log_line(m->log, LOG_WARN, "%s: %llu pages are lost, and are marked as missing", m->name,
			 (unsigned long long)k.emptied);
	free(k.w.front.gap);
	free(k.w.data.gap);
	return r;
}

/* --- all others --------------------------------------------------------------------------------------------------- */

/*
 * Where the memory in an ELF file begins and ends; what precedes it stays as it is. If there are more program
 * headers than e_phnum can count, the first ones are enough. A header that is partly lost would describe other memory:
 * it is cleared.
 */
static int find_memory(struct work *w, struct span start, struct gap *memory, uint64_t *notes, struct error *e)
{
	uint8_t raw[ELF_PHDR_SIZE];
	struct elf_header h;
	struct elf_phdr p;
	int r = 0;

	*memory = (struct gap){.from = UINT64_MAX};
	if (elf_read_header(start, &h, e) < 0)
		return 0;
	for (uint32_t i = 0; r == 0 && i < h.phnum; i++) {
		uint64_t at = h.phoff + (uint64_t)i * ELF_PHDR_SIZE;

		r = read_at(w, raw, ELF_PHDR_SIZE, at, e);
		elf_read_phdr(span_of(raw, ELF_PHDR_SIZE), 0, &p);
		if (r == 0 && p.type == ELF_PT_LOAD && !is_covered(&w->data, at, ELF_PHDR_SIZE)) {
			memset(raw, 0, ELF_PHDR_SIZE);
			r = sink_put(w->m->sink, at, raw, ELF_PHDR_SIZE, e);
			continue;
		}
		if (p.type == ELF_PT_NOTE)
			*notes = p.offset + p.filesz;
		if (p.type != ELF_PT_LOAD || p.filesz == 0 || p.filesz > UINT64_MAX - p.offset)
			continue;
		memory->from = p.offset < memory->from ? p.offset : memory->from;
		memory->to = p.offset + p.filesz > memory->to ? p.offset + p.filesz : memory->to;
	}
	return r;
}

static int repair_other(const struct raw_repair *m, struct span start, struct error *e)
{
	struct work w = {.m = m, .data = {.to = UINT64_MAX}};
	struct gap memory = {.to = 0};
	struct dump_stats stats;
	uint64_t notes = 0, filled = 0;
	struct error ignored;
	int r = look_through(&w, e);

	if (r == 0 && start.size >= 4 && memcmp(start.data, "\177ELF", 4) == 0)
		r = find_memory(&w, start, &memory, &notes, e);
	if (r == 0 && memory.to > w.data.end)
		r = add_gap(&w.data, memory.to, e);
	for (size_t i = 0; r == 0 && i < w.data.count; i++) {
		struct gap g = w.data.gap[i];
		uint64_t from = g.from > memory.from ? g.from : memory.from;

		filled += from < g.to ? g.to - from : 0;
		r = check_size(m, filled, e);
		if (r == 0)
			r = fill_with_marks(&w, from, g.to, e);
	}
	if (r == 0 && notes)
		mark_note(&w, notes, &stats, &ignored);
	free(w.front.gap);
	free(w.data.gap);
	return r;
}

int raw_repair_file(const struct raw_repair *m, struct error *e)
{
	uint8_t start[KDUMP_HEADER_SIZE];
	ssize_t n = read_all_at(m->fd, start, sizeof(start), 0);
	int r;

	if (n < 0)
		return error_set(e, (int)-n, "reading %s: %s", m->name, strerror((int)-n));
	if ((size_t)n == sizeof(start) && memcmp(start, "KDUMP   ", 8) == 0)
		r = repair_kdump(m, start, e);
	else
		r = repair_other(m, span_of(start, (size_t)n), e);
	return r < 0 ? error_context(e, "repairing %s", m->name) : 0;
}
