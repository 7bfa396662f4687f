#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/encode_kdump.h"
#include "dump/dump_summary.h"
#include "fmt/elf.h"

enum { DATA_WINDOW = 4 << 20 }; /* of the source */

/* --- headers and bitmaps ------------------------------------------------------------------------------------------ */

static uint32_t count_cpus(struct span notes)
{
	struct elf_note note;
	uint32_t n = 0;
	size_t pos = 0;

	while (elf_next_note(notes, &pos, &note))
		n += elf_note_is(&note, "CORE", ELF_NT_PRSTATUS);
	return n ? n : 1;
}

static void make_header(struct kdump *k)
{
	const struct source *source = k->job->source;
	const struct dump_identity *id = &k->job->identity;
	struct kdump_header *h = &k->header;

	memcpy(h->uts, id->uts, sizeof(h->uts));
	h->time = id->crash_time;
	h->block_size = source->page_size;
	h->nr_cpus = count_cpus(source->notes);
	h->max_pfn = source_max_pfn(source);
	h->phys_base = id->phys_base;
	h->dump_level = id->level;
	h->notes_size = source->notes.size + SUMMARY_NOTE_SIZE;
	kdump_layout(h, k->total, &k->at);
	h->notes_offset = k->at.notes;
	if (source->vmcoreinfo.size) {
		h->vmcoreinfo_offset = k->at.notes + (uint64_t)(source->vmcoreinfo.data - source->notes.data);
		h->vmcoreinfo_size = source->vmcoreinfo.size;
	}
}

int kdump_put_header(struct kdump *k, uint32_t status, struct error *e)
{
	uint8_t header[KDUMP_HEADER_SIZE];

	k->header.status = status;
	kdump_write_header(header, &k->header);
	return sink_put(k->job->sink, 0, header, sizeof(header), e);
}

/* Our own note lies behind the kernel's. */
static int put_summary(struct kdump *k, bool final, struct error *e)
{
	uint8_t note[SUMMARY_NOTE_SIZE];

	summary_write_note(note, &k->job->stats, k->job->identity.level, final);
	return sink_put(k->job->sink, k->at.notes + k->job->source->notes.size, note, sizeof(note), e);
}

int kdump_put_sub_header(struct kdump *k, bool final, struct error *e)
{
	uint8_t sub[KDUMP_SUB_HEADER_SIZE];
	struct span notes = k->job->source->notes;
	int r;

	kdump_write_sub_header(sub, &k->header);
	r = sink_put(k->job->sink, k->header.block_size, sub, sizeof(sub), e);
	if (r == 0)
		r = sink_put(k->job->sink, k->at.notes, notes.data, notes.size, e);
	if (r == 0)
		r = put_summary(k, final, e);
	return r;
}

/* Bits of a bitmap in rising order, put piece by piece; pieces without a bit are left as holes. */
struct bitmap {
	struct sink *sink;
	uint64_t offset; /* of the bitmap in the file */
	uint64_t piece;  /* which one is in bytes */
	bool used;
	uint8_t bytes[4096];
};

static int put_piece(struct bitmap *b, struct error *e)
{
	if (!b->used)
		return 0;
	b->used = false;
	return sink_put(b->sink, b->offset + b->piece * sizeof(b->bytes), b->bytes, sizeof(b->bytes), e);
}

static int set_bits(struct bitmap *b, struct run run, struct error *e)
{
	const uint64_t bits = sizeof(b->bytes) * 8;

	for (uint64_t pfn = run.first; pfn < run.first + run.count; pfn++) {
		if (!b->used || pfn / bits != b->piece) {
			int r = put_piece(b, e);

			if (r < 0)
				return r;
			memset(b->bytes, 0, sizeof(b->bytes));
			b->piece = pfn / bits;
			b->used = true;
		}
		b->bytes[pfn % bits / 8] |= (uint8_t)(1 << pfn % 8);
	}
	return 0;
}

/* Bitmap 1: the pages that exist. */
static int put_bitmap1(struct kdump *k, struct error *e)
{
	const struct source *source = k->job->source;
	struct bitmap b = {.sink = k->job->sink, .offset = k->at.bitmap1};

	for (size_t i = 0; i < source->nr_ranges; i++) {
		uint64_t first, last;
		int r;

		source_pfns(source, i, &first, &last);
		r = set_bits(&b, (struct run){.first = first, .count = last - first}, e);
		if (r < 0)
			return r;
	}
	return put_piece(&b, e);
}

/* Bitmap 2: the pages that have a descriptor. */
static int put_bitmap2(struct kdump *k, struct error *e)
{
	struct bitmap b = {.sink = k->job->sink, .offset = k->at.bitmap2};
	struct run run;

	selection_rewind(k->job->selection);
	while (selection_next(k->job->selection, &run) > 0) {
		int r = set_bits(&b, run, e);

		if (r < 0)
			return r;
	}
	return put_piece(&b, e);
}

int kdump_put_front(struct kdump *k, uint32_t status, struct error *e)
{
	int r = kdump_put_header(k, status, e);

	if (r == 0)
		r = kdump_put_sub_header(k, false, e);
	if (r == 0)
		r = put_bitmap1(k, e);
	if (r == 0)
		r = put_bitmap2(k, e);
	return r;
}

/* --- in order ----------------------------------------------------------------------------------------------------- */

static int put_raw_descs(struct kdump *k, struct error *e)
{
	uint8_t descs[64 * KDUMP_DESC_SIZE];
	int r = 0;

	for (uint64_t done = 0; r == 0 && done < k->total;) {
		uint64_t first = done;
		size_t n = 0;

		for (; n < 64 && done < k->total; n++, done++) {
			kdump_write_desc(descs + n * KDUMP_DESC_SIZE, k->data, k->header.block_size, KDUMP_PAGE_RAW);
			k->data += k->header.block_size;
		}
		r = sink_put(k->job->sink, k->at.descs + first * KDUMP_DESC_SIZE, descs, n * KDUMP_DESC_SIZE, e);
	}
	return r;
}

static int put_raw_page(struct kdump *k, uint64_t pfn, uint64_t offset, uint8_t *mark, struct error *e)
{
	const uint8_t *page;
	struct error why;

	if (view_page(&k->view, pfn, &page, &why) < 0) {
		encode_mark(mark, k->header.block_size);
		page = mark;
		encode_unreadable(k->job, pfn);
	}
	return sink_put(k->job->sink, offset, page, k->header.block_size, e);
}

static int encode_in_order(struct kdump *k, struct error *e)
{
	uint8_t *mark CLEANUP(free_ptr) = malloc(k->header.block_size);
	uint64_t done = 0;
	struct run run;
	int r;

	if (!mark)
		return error_set(e, ENOMEM, "no memory for a page");
	k->data = k->at.data;
	r = kdump_put_front(k, 0, e);
	if (r == 0)
		r = put_raw_descs(k, e);
	selection_rewind(k->job->selection);
	while (r == 0 && selection_next(k->job->selection, &run) > 0) {
		for (uint64_t pfn = run.first; r == 0 && pfn < run.first + run.count; pfn++, done++) {
			r = put_raw_page(k, pfn, k->at.data + done * k->header.block_size, mark, e);
			if (done % 64 == 0)
				encode_progress(k->job, done, k->total);
		}
	}
	encode_progress(k->job, done, k->total);
	return r;
}

int encode_kdump(struct encode *job, struct error *e)
{
	struct kdump k = {.job = job};
	int r = 0;

	if (!job->sink->in_order)
		r = selection_find_priorities(job->selection, job->kernel, e);
	if (r < 0)
		return r;
	k.total = selection_count(job->selection, job->stats.by_priority);
	job->stats.pages = k.total;
	job->stats.begun = !job->sink->in_order;
	job->stats.counts = job->selection->counts;
	make_header(&k);
	view_init(&k.view, job->source, DATA_WINDOW);
	r = job->sink->in_order ? encode_in_order(&k, e) : kdump_encode_by_value(&k, e);
	job->stats.size = k.data;
	view_deinit(&k.view);
	return r;
}
