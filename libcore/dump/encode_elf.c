#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/encode.h"
#include "dump/dump_summary.h"
#include "fmt/elf.h"

enum {
	LEAST_RUN = 256,       /* zero pages that are worth a program header, as makedumpfile has it */
	MOST_PIECES = 1 << 17, /* beyond it zero pages are written like all others: 3 MiB of memory, 12 of headers */
	DATA_WINDOW = 4 << 20,
	SYNC_EVERY = 4 << 20, /* bytes of data */
};

/* A program header to be: filesz bytes from paddr on are in the file, the rest of memsz are zeros. */
struct piece {
	uint64_t paddr, filesz, memsz;
	uint32_t segment; /* of the source: tells the virtual address */
};

struct elf {
	struct encode *job;
	struct view view;
	struct piece *pieces;
	size_t nr_pieces, room;
	uint64_t phoff, shoff, notes; /* file offsets */
	size_t published;             /* the pieces before it have their sizes in their program headers, */
	uint64_t published_pos;       /* and it has this many bytes there */
	uint64_t unsynced;            /* bytes of data since the last sync */
	struct deferred_words deferred;
	uint8_t *mark;        /* a page */
	uint64_t done, total; /* bytes; every byte counts once to be looked at and once to be written */
};

/* --- pass one: which pieces --------------------------------------------------------------------------------------- */

static int add_piece(struct elf *f, uint32_t segment, uint64_t paddr, uint64_t filesz, uint64_t memsz, struct error *e)
{
	if (f->nr_pieces == f->room) {
		size_t room = f->room ? f->room * 2 : 64;
		struct piece *larger = realloc(f->pieces, room * sizeof(*larger));

		if (!larger)
			return error_set(e, ENOMEM, "no memory for %zu program headers", room);
		f->pieces = larger;
		f->room = room;
	}
	f->pieces[f->nr_pieces++] =
		(struct piece){.paddr = paddr, .filesz = filesz, .memsz = memsz, .segment = segment};
	return 0;
}

/* What a stretch of a segment is for the dump. */
enum stretch {
	KEPT,
	DROPPED,   /* left out where it is long enough, written otherwise: it can be read */
	FORBIDDEN, /* must not be read */
};

/* How many bytes at paddr, at most left, are of one kind by their class. Partial pages are kept. */
static uint64_t look_at_class(struct elf *f, uint64_t paddr, uint64_t left, enum stretch *what)
{
	uint64_t page = f->job->source->page_size, part = page - paddr % page;
	enum page_class class;
	uint64_t pages;

	*what = KEPT;
	if (part != page || left < page)
		return part < left ? part : left;
	pages = page_classifier_get(&f->job->selection->classifier, paddr / page, left / page, &class);
	if (class == PAGE_HWPOISON || class == PAGE_OFFLINE)
		*what = FORBIDDEN;
	else if (level_drops(f->job->selection->classifier.level, class))
		*what = DROPPED;
	return pages * page;
}

/* How many whole pages of a kept stretch are zero, or are not, from its start on; in bytes. */
static uint64_t look_at_pages(struct elf *f, uint64_t paddr, uint64_t size, bool *zero)
{
	size_t page = f->job->source->page_size;
	uint64_t n = 0;

	*zero = false;
	while (n + page <= size) {
		const uint8_t *data;
		struct error why;
		bool this =
			view_get(&f->view, paddr + n, page, &data, &why) == (ssize_t)page && encode_is_zero(data, page);

		if (n && this != *zero)
			return n;
		*zero = this;
		n += page;
	}
	return n ? n : size;
}

/* The next stretch of a segment that can be left out, or cannot; in bytes. */
static uint64_t look(struct elf *f, uint64_t paddr, uint64_t left, bool *leave_out, bool *zero)
{
	enum stretch what;
	uint64_t size = look_at_class(f, paddr, left, &what);

	*zero = false;
	*leave_out = what != KEPT;
	if (what != KEPT || !(f->job->identity.level & LEVEL_ZERO) || paddr % f->job->source->page_size)
		return size;
	size = look_at_pages(f, paddr, size, zero);
	*leave_out = *zero;
	return size;
}

/* Cuts a segment where long runs of what can be left out end. */
static int cut_segment(struct elf *f, uint32_t index, struct error *e)
{
	const struct segment *s = &f->job->source->segments[index];
	uint64_t page = f->job->source->page_size, least = LEAST_RUN * page;
	uint64_t start = 0, run = 0, pos = 0; /* of the piece; of the stretch to leave out that reaches up to pos */
	uint64_t zeros = 0;                   /* pages in that stretch */

	while (pos < s->size) {
		bool leave_out, zero;
		uint64_t size = look(f, s->paddr + pos, s->size - pos, &leave_out, &zero);

		if (!leave_out && pos - run >= least && f->nr_pieces < MOST_PIECES) {
			int r = add_piece(f, index, s->paddr + start, run - start, pos - start, e);

			if (r < 0)
				return r;
			f->job->stats.zero += zeros;
			start = pos;
		}
		pos += size;
		zeros = leave_out ? zeros + (zero ? size / page : 0) : 0;
		if (!leave_out)
			run = pos;
		f->done += size;
		encode_progress(f->job, f->done, f->total);
	}
	/* Of what ends the segment even one page needs no program header more. */
	f->job->stats.zero += zeros;
	return add_piece(f, index, s->paddr + start, run - start, pos - start, e);
}

static int cut_segments(struct elf *f, struct error *e)
{
	const struct source *source = f->job->source;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < source->nr_segments; i++) {
		if (f->job->identity.level || f->job->selection->classifier.filtered)
			r = cut_segment(f, i, e);
		else
			r = add_piece(f, i, source->segments[i].paddr, source->segments[i].size,
				      source->segments[i].size, e);
	}
	return r;
}

/* --- pass two: headers, notes, data ------------------------------------------------------------------------------- */

static uint64_t align_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* The file offset of a piece, at or after offset: as far into a page as its bytes are in memory. */
static uint64_t align_piece(const struct elf *f, const struct piece *p, uint64_t offset)
{
	uint64_t page = f->job->source->page_size;

	return align_up(offset, page) + p->paddr % page;
}

static int put_front(struct elf *f, struct error *e)
{
	const struct source *source = f->job->source;
	struct elf_header h = {.machine = source->machine, .flags = source->flags};
	struct elf_phdr note = {.type = ELF_PT_NOTE};
	uint8_t out[ELF_HEADER_SIZE];
	uint8_t phdr[ELF_PHDR_SIZE];
	int r;

	h.phnum = (uint32_t)f->nr_pieces + 1;
	h.phoff = f->phoff = ELF_HEADER_SIZE;
	h.shoff = f->shoff = f->phoff + (uint64_t)h.phnum * ELF_PHDR_SIZE;
	f->notes = align_up(f->shoff + (h.phnum >= ELF_PN_XNUM ? ELF_SHDR_SIZE : 0), 4);
	elf_write_header(out, &h);
	r = sink_put(f->job->sink, 0, out, sizeof(out), e);
	note.offset = f->notes;
	note.filesz = note.memsz = source->notes.size + SUMMARY_NOTE_SIZE;
	elf_write_phdr(phdr, &note);
	return r < 0 ? r : sink_put(f->job->sink, f->phoff, phdr, sizeof(phdr), e);
}

static int put_load(struct elf *f, size_t i, uint64_t offset, struct error *e)
{
	const struct piece *p = &f->pieces[i];
	const struct segment *s = &f->job->source->segments[p->segment];
	uint8_t out[ELF_PHDR_SIZE];
	struct elf_phdr phdr = {
		.type = ELF_PT_LOAD,
		.flags = 7, /* the kernel's: read, write, execute */
		.offset = offset,
		.paddr = p->paddr,
		/* All ones says that the kernel did not tell: it must stay all ones. */
		.vaddr = s->vaddr == UINT64_MAX ? UINT64_MAX : s->vaddr + (p->paddr - s->paddr),
	};

	if (f->job->sink->in_order) {
		phdr.filesz = p->filesz;
		phdr.memsz = p->memsz;
	}
	elf_write_phdr(out, &phdr);
	return sink_put(f->job->sink, f->phoff + (i + 1) * ELF_PHDR_SIZE, out, sizeof(out), e);
}

static int put_loads(struct elf *f, uint64_t data, struct error *e)
{
	uint64_t offset = data;

	for (size_t i = 0; i < f->nr_pieces; i++) {
		int r;

		offset = align_piece(f, &f->pieces[i], offset);
		r = put_load(f, i, offset, e);
		if (r < 0)
			return r;
		offset += f->pieces[i].filesz;
	}
	f->job->stats.size = offset;
	return 0;
}

/*
 * Readers take what a program header has beyond the file's end for zeros. So into a sink that takes any offset the
 * headers describe no memory at first, and then what has been synced: p_filesz and p_memsz, where before is the p_memsz
 * until now. A loss of power must not leave a p_memsz beyond what p_filesz has.
 */
static int put_sizes(struct elf *f, size_t i, uint64_t filesz, uint64_t memsz, uint64_t before, struct error *e)
{
	uint64_t offset = f->phoff + (i + 1) * ELF_PHDR_SIZE + 32;
	uint8_t out[16];
	int r = 0;

	put_le64(out, filesz);
	put_le64(out + 8, memsz);
	if (straddles_sector(offset)) {
		if (f->deferred.nr == DEFERRED_MAX)
			r = deferred_words_sync(&f->deferred, f->job->sink, e);
		deferred_words_add(&f->deferred, offset + 8, out + 8, 1);
		put_le64(out + 8, before);
	}
	return r < 0 ? r : sink_put(f->job->sink, offset, out, sizeof(out), e);
}

/* Syncs, and puts the sizes of the pieces before i, and of pos bytes of piece i. */
static int publish(struct elf *f, size_t i, uint64_t pos, struct error *e)
{
	int r = deferred_words_sync(&f->deferred, f->job->sink, e);

	for (size_t j = f->published; r == 0 && j <= i && j < f->nr_pieces; j++) {
		uint64_t filesz = j < i ? f->pieces[j].filesz : pos, memsz = j < i ? f->pieces[j].memsz : pos;

		r = put_sizes(f, j, filesz, memsz, j == f->published ? f->published_pos : 0, e);
	}
	f->published = i;
	f->published_pos = pos;
	f->unsynced = 0;
	return r;
}

/* Our note, after the kernel's. */
static int put_note(struct elf *f, struct error *e)
{
	uint8_t note[SUMMARY_NOTE_SIZE];

	summary_write_note(note, &f->job->stats, f->job->identity.level, true);
	return sink_put(f->job->sink, f->notes + f->job->source->notes.size, note, sizeof(note), e);
}

/* Once all of them are synced, our note says that this is all. */
static int publish_all(struct elf *f, struct error *e)
{
	int r = publish(f, f->nr_pieces, 0, e);

	if (r == 0)
		r = deferred_words_sync(&f->deferred, f->job->sink, e);
	if (r == 0)
		r = sink_sync(f->job->sink, e);
	f->job->stats.begun = false;
	return r < 0 ? r : put_note(f, e);
}

/* Puts what is readable at paddr, or a marked page. Returns how many bytes that was. */
static ssize_t put_some(struct elf *f, uint64_t paddr, uint64_t left, uint64_t offset, struct error *e)
{
	size_t page = f->job->source->page_size;
	size_t want = left < (64 << 10) ? (size_t)left : 64 << 10;
	enum stretch what = KEPT;
	const uint8_t *data;
	struct error why;
	ssize_t n = 0;
	int r;

	if (f->job->selection->classifier.filtered)
		want = (size_t)look_at_class(f, paddr, want, &what);
	if (what != FORBIDDEN)
		n = view_get(&f->view, paddr, want, &data, &why);
	if (n <= 0) {
		n = (ssize_t)(page - paddr % page);
		if ((uint64_t)n > left)
			n = (ssize_t)left;
		if (what != FORBIDDEN)
			encode_unreadable(f->job, paddr / page);
		data = f->mark;
	}
	r = sink_put(f->job->sink, offset, data, (size_t)n, e);
	return r < 0 ? r : n;
}

static int put_data(struct elf *f, uint64_t data, struct error *e)
{
	uint64_t offset = data;

	for (size_t i = 0; i < f->nr_pieces; i++) {
		const struct piece *p = &f->pieces[i];

		offset = align_piece(f, p, offset);
		for (uint64_t pos = 0; pos < p->filesz;) {
			ssize_t n = put_some(f, p->paddr + pos, p->filesz - pos, offset + pos, e);

			if (n < 0)
				return (int)n;
			pos += (uint64_t)n;
			f->done += (uint64_t)n;
			f->unsynced += (uint64_t)n;
			encode_progress(f->job, f->done, f->total);
			if (f->unsynced >= SYNC_EVERY && !f->job->sink->in_order && publish(f, i, pos, e) < 0)
				return -e->code;
		}
		f->done += p->memsz - p->filesz;
		offset += p->filesz;
	}
	encode_progress(f->job, f->total, f->total);
	return 0;
}

static int put_file(struct elf *f, struct error *e)
{
	struct span notes = f->job->source->notes;
	uint8_t xnum[ELF_SHDR_SIZE];
	int r = put_front(f, e);
	uint64_t data = f->notes + notes.size + SUMMARY_NOTE_SIZE;

	if (r == 0)
		r = put_loads(f, data, e);
	elf_write_xnum(xnum, (uint32_t)f->nr_pieces + 1);
	if (r == 0 && f->nr_pieces + 1 >= ELF_PN_XNUM)
		r = sink_put(f->job->sink, f->shoff, xnum, sizeof(xnum), e);
	if (r == 0)
		r = sink_put(f->job->sink, f->notes, notes.data, notes.size, e);
	/* Zero pages are known from pass one; what cannot be read is known at the end, where a sink takes it then. */
	if (r == 0)
		r = put_note(f, e);
	if (r == 0 && !f->job->sink->in_order)
		r = sink_sync(f->job->sink, e);
	if (r == 0)
		r = put_data(f, data, e);
	return r < 0 || f->job->sink->in_order ? r : publish_all(f, e);
}

int encode_elf(struct encode *job, struct error *e)
{
	struct elf f = {.job = job};
	uint64_t bytes = 0;
	int r;

	job->stats.pages = selection_count(job->selection);
	job->stats.counts = job->selection->counts;
	job->stats.begun = !job->sink->in_order;
	for (size_t i = 0; i < job->source->nr_segments; i++)
		bytes += job->source->segments[i].size;
	f.total = job->identity.level || job->selection->classifier.filtered ? 2 * bytes : bytes;
	f.mark = malloc(job->source->page_size);
	if (!f.mark)
		return error_set(e, ENOMEM, "no memory for a page");
	encode_mark(f.mark, job->source->page_size);
	view_init(&f.view, job->source, DATA_WINDOW);
	r = cut_segments(&f, e);
	if (r == 0)
		r = put_file(&f, e);
	view_deinit(&f.view);
	free(f.pieces);
	free(f.mark);
	return r;
}
