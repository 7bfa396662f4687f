#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/encode.h"
#include "dump/summary.h"
#include "fmt/elf.h"

enum {
	DESCS = 2048,          /* descriptors gathered before they are put: each time a sync comes first */
	DATA_WINDOW = 4 << 20, /* of the source */
};

struct kdump {
	struct encode *job;
	struct kdump_header header;
	struct kdump_layout at;
	struct view view;
	uint64_t total; /* pages */
	uint64_t done;  /* pages whose descriptors are made */
	uint64_t data;  /* where the next page's data goes */
	uint8_t zero_desc[KDUMP_DESC_SIZE];
	uint8_t *descs;
	size_t nr_descs; /* in descs, not yet put */
};

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

static int put_header(struct kdump *k, uint32_t status, struct error *e)
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

static int put_sub_header(struct kdump *k, struct error *e)
{
	uint8_t sub[KDUMP_SUB_HEADER_SIZE];
	struct span notes = k->job->source->notes;
	int r;

	kdump_write_sub_header(sub, &k->header);
	r = sink_put(k->job->sink, k->header.block_size, sub, sizeof(sub), e);
	if (r == 0)
		r = sink_put(k->job->sink, k->at.notes, notes.data, notes.size, e);
	if (r == 0)
		r = put_summary(k, false, e);
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

static int put_front(struct kdump *k, uint32_t status, struct error *e)
{
	int r = put_header(k, status, e);

	if (r == 0)
		r = put_sub_header(k, e);
	if (r == 0)
		r = put_bitmap1(k, e);
	if (r == 0)
		r = put_bitmap2(k, e);
	return r;
}

/* --- descriptors -------------------------------------------------------------------------------------------------- */

static int put_descs(struct kdump *k, struct error *e)
{
	uint64_t first = k->done - k->nr_descs;
	size_t size = k->nr_descs * KDUMP_DESC_SIZE;

	k->nr_descs = 0;
	return sink_put(k->job->sink, k->at.descs + first * KDUMP_DESC_SIZE, k->descs, size, e);
}

/* A descriptor must not point at data that a loss of power could still take away: data is synced first. */
static int put_descs_behind_data(struct kdump *k, struct error *e)
{
	int r = sink_sync(k->job->sink, e);

	return r < 0 ? r : put_descs(k, e);
}

static uint8_t *next_desc(struct kdump *k)
{
	k->done++;
	return k->descs + KDUMP_DESC_SIZE * k->nr_descs++;
}

/* --- any order ---------------------------------------------------------------------------------------------------- */

static int store(struct kdump *k, const uint8_t *page, uint8_t desc[KDUMP_DESC_SIZE], struct error *e)
{
	const uint8_t *out;
	size_t size = codec_encode(k->job->codec, page, &out);
	int r = sink_put(k->job->sink, k->data, out, size, e);

	kdump_write_desc(desc, k->data, (uint32_t)size,
			 size == k->header.block_size ? KDUMP_PAGE_RAW : KDUMP_PAGE_ZLIB);
	k->data += size;
	return r;
}

static int store_zero_page(struct kdump *k, struct error *e)
{
	uint8_t *page CLEANUP(free_ptr) = calloc(1, k->header.block_size);

	if (!page)
		return error_set(e, ENOMEM, "no memory for a page");
	return store(k, page, k->zero_desc, e);
}

static int save_page(struct kdump *k, uint64_t pfn, struct error *e)
{
	const uint8_t *page;
	struct error why;
	uint8_t *desc = next_desc(k);

	if (view_page(&k->view, pfn, &page, &why) < 0) {
		memset(desc, 0, KDUMP_DESC_SIZE);
		encode_unreadable(k->job, pfn);
		return 0;
	}
	if (encode_is_zero(page, k->header.block_size)) {
		memcpy(desc, k->zero_desc, KDUMP_DESC_SIZE);
		k->job->stats.zero++;
		return 0;
	}
	return store(k, page, desc, e);
}

static int save_pages(struct kdump *k, struct error *e)
{
	struct run run;
	int r = 0;

	selection_rewind(k->job->selection);
	while (selection_next(k->job->selection, &run) > 0) {
		for (uint64_t pfn = run.first; pfn < run.first + run.count; pfn++) {
			r = save_page(k, pfn, e);
			if (r == 0 && k->nr_descs == DESCS)
				r = put_descs_behind_data(k, e);
			if (r < 0)
				return r;
			if (k->done % 64 == 0)
				encode_progress(k->job, k->done, k->total);
		}
	}
	if (r == 0 && k->nr_descs)
		r = put_descs_behind_data(k, e);
	encode_progress(k->job, k->done, k->total);
	return r;
}

static int encode_any_order(struct kdump *k, struct error *e)
{
	int r = put_front(k, KDUMP_STATUS_ZLIB | KDUMP_STATUS_INCOMPLETE, e);

	k->data = k->at.data;
	if (r == 0)
		r = store_zero_page(k, e);
	if (r == 0)
		r = save_pages(k, e);
	if (r == 0)
		r = put_summary(k, true, e);
	if (r == 0)
		r = sink_sync(k->job->sink, e);
	if (r == 0)
		r = put_header(k, KDUMP_STATUS_ZLIB, e);
	return r;
}

/* --- in order ----------------------------------------------------------------------------------------------------- */

static int put_raw_descs(struct kdump *k, struct error *e)
{
	while (k->done < k->total) {
		kdump_write_desc(next_desc(k), k->data, k->header.block_size, KDUMP_PAGE_RAW);
		k->data += k->header.block_size;
		if (k->nr_descs == DESCS || k->done == k->total) {
			int r = put_descs(k, e);

			if (r < 0)
				return r;
		}
	}
	return 0;
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
	r = put_front(k, 0, e);
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
	struct kdump k = {.job = job, .total = selection_count(job->selection)};
	int r;

	job->stats.pages = k.total;
	job->stats.counts = job->selection->counts;
	make_header(&k);
	k.descs = malloc(DESCS * KDUMP_DESC_SIZE);
	if (!k.descs)
		return error_set(e, ENOMEM, "no memory for descriptors");
	view_init(&k.view, job->source, DATA_WINDOW);
	r = job->sink->in_order ? encode_in_order(&k, e) : encode_any_order(&k, e);
	job->stats.size = k.data;
	view_deinit(&k.view);
	free(k.descs);
	return r;
}
