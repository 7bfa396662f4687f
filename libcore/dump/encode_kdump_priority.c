#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/encode_kdump.h"

enum {
	DESCS = 2048,    /* descriptors gathered before they are put: each time a sync comes first */
	SECTOR = 512,    /* what a disk writes as a whole, at least */
	MOST_LATE = 256, /* descriptors across two sectors among them: usually one in 64 */
};

/* Descriptors that follow each other in the table; they do so in descs too. */
struct piece {
	uint64_t rank; /* of the first one's page in the whole selection: its place in the table */
	uint32_t count;
};

/*
 * A descriptor that lies across two sectors, the offset in one, size and flags in the other. A loss of power can leave
 * one without the other, and then readers must not take it for a page: crash takes what it read last for one that is
 * raw and has an offset but no size, libkdumpfile the file's start for one that is raw and has no offset. So a sync
 * comes between its parts: first size and flags, those of a compressed page of no bytes where it is a raw one; then the
 * offset; then a raw one's real size and flags.
 */
struct late {
	uint64_t rank;
	uint8_t desc[KDUMP_DESC_SIZE];
	bool placed; /* the offset has been put */
};

struct by_value {
	struct kdump *k;
	uint64_t done; /* pages whose descriptors are made */
	uint8_t zero_desc[KDUMP_DESC_SIZE];
	/* not yet put */
	uint8_t descs[DESCS * KDUMP_DESC_SIZE];
	struct piece pieces[DESCS];
	size_t nr_descs, nr_pieces;
	size_t nr_across; /* of them: across two sectors */
	struct late late[2 * MOST_LATE];
	size_t nr_late;
};

/* --- descriptors -------------------------------------------------------------------------------------------------- */

static uint64_t place_of(const struct by_value *b, uint64_t rank)
{
	return b->k->at.descs + rank * KDUMP_DESC_SIZE;
}

static bool is_across(const struct by_value *b, uint64_t rank)
{
	return place_of(b, rank) % SECTOR == SECTOR - 8;
}

static bool is_raw(const uint8_t *desc)
{
	return get_le32(desc + 12) == KDUMP_PAGE_RAW;
}

/* Each late descriptor's next part; what was put before has been synced. */
static int put_late(struct by_value *b, struct error *e)
{
	size_t left = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->nr_late; i++) {
		struct late *l = &b->late[i];
		unsigned part = l->placed ? 8 : 0;

		r = sink_put(b->k->job->sink, place_of(b, l->rank) + part, l->desc + part, 8, e);
		if (!l->placed && is_raw(l->desc)) {
			l->placed = true;
			b->late[left++] = *l;
		}
	}
	b->nr_late = left;
	return r;
}

/* Keeps a descriptor for put_late, and leaves of it what may be put now. A page without data needs none of that. */
static void hold_back(struct by_value *b, uint64_t rank, uint8_t *desc)
{
	struct late *l = &b->late[b->nr_late];

	if (!is_across(b, rank) || get_le64(desc) == 0)
		return;
	l->rank = rank;
	l->placed = false;
	memcpy(l->desc, desc, KDUMP_DESC_SIZE);
	b->nr_late++;
	kdump_write_desc(desc, 0, is_raw(desc) ? 0 : get_le32(desc + 8), KDUMP_PAGE_ZLIB);
}

static int put_pieces(struct by_value *b, struct error *e)
{
	uint8_t *desc = b->descs;
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->nr_pieces; i++) {
		const struct piece *p = &b->pieces[i];
		size_t size = p->count * (size_t)KDUMP_DESC_SIZE;

		for (uint32_t n = 0; n < p->count; n++)
			hold_back(b, p->rank + n, desc + n * (size_t)KDUMP_DESC_SIZE);
		r = sink_put(b->k->job->sink, place_of(b, p->rank), desc, size, e);
		desc += size;
	}
	b->nr_descs = b->nr_pieces = b->nr_across = 0;
	return r;
}

/* A descriptor must not point at data that a loss of power could still take away: data is synced first. */
static int put_descs_behind_data(struct by_value *b, struct error *e)
{
	int r = sink_sync(b->k->job->sink, e);

	if (r == 0)
		r = put_late(b, e);
	return r < 0 ? r : put_pieces(b, e);
}

static uint8_t *next_desc(struct by_value *b, uint64_t rank)
{
	struct piece *last = b->nr_pieces ? &b->pieces[b->nr_pieces - 1] : NULL;

	if (last && last->rank + last->count == rank)
		last->count++;
	else
		b->pieces[b->nr_pieces++] = (struct piece){.rank = rank, .count = 1};
	b->done++;
	b->nr_across += is_across(b, rank);
	return b->descs + KDUMP_DESC_SIZE * b->nr_descs++;
}

/* --- pages -------------------------------------------------------------------------------------------------------- */

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

static int store_zero_page(struct by_value *b, struct error *e)
{
	uint8_t *page CLEANUP(free_ptr) = calloc(1, b->k->header.block_size);

	if (!page)
		return error_set(e, ENOMEM, "no memory for a page");
	return store(b->k, page, b->zero_desc, e);
}

static int save_page(struct by_value *b, uint64_t pfn, uint64_t rank, struct error *e)
{
	struct kdump *k = b->k;
	const uint8_t *page;
	struct error why;
	uint8_t *desc = next_desc(b, rank);

	if (view_page(&k->view, pfn, &page, &why) < 0) {
		memset(desc, 0, KDUMP_DESC_SIZE);
		encode_unreadable(k->job, pfn);
		return 0;
	}
	if (encode_is_zero(page, k->header.block_size)) {
		memcpy(desc, b->zero_desc, KDUMP_DESC_SIZE);
		k->job->stats.zero++;
		return 0;
	}
	return store(k, page, desc, e);
}

static int save_run(struct by_value *b, struct run run, uint64_t rank, struct error *e)
{
	/* The table has no more room, and behind it lies data. */
	if (rank + run.count > b->k->total)
		return error_set(e, EILSEQ, "the page array has changed while it was read");
	b->k->view.until = (run.first + run.count) * b->k->header.block_size;
	for (uint64_t i = 0; i < run.count; i++) {
		int r = save_page(b, run.first + i, rank + i, e);

		if (r == 0 && (b->nr_descs == DESCS || b->nr_across == MOST_LATE))
			r = put_descs_behind_data(b, e);
		if (r < 0)
			return r;
		if (b->done % 64 == 0)
			encode_progress(b->k->job, b->done, b->k->total);
	}
	return 0;
}

/* Every page so far has its whole descriptor, and all of that survives. */
static int settle(struct by_value *b, struct error *e)
{
	struct sink *sink = b->k->job->sink;
	int r = put_descs_behind_data(b, e);

	if (r == 0)
		r = sink_sync(sink, e);
	while (r == 0 && b->nr_late) {
		r = put_late(b, e);
		if (r == 0)
			r = sink_sync(sink, e);
	}
	return r;
}

/* One pass: the pages of one value, which is then there as a whole. */
static int save_value(struct by_value *b, enum page_priority value, struct error *e)
{
	struct selection *selection = b->k->job->selection;
	uint64_t rank, left = b->k->job->stats.by_priority[value];
	struct run run;
	int r = 0;

	selection_begin(selection, value);
	while (r == 0 && left && selection_next_of(selection, &run, &rank) > 0) {
		r = save_run(b, run, rank, e);
		left -= run.count < left ? run.count : left;
	}
	return r < 0 ? r : settle(b, e);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

/* What there is before the first page: a file that opens, and has nothing. */
static int put_empty(struct by_value *b, struct error *e)
{
	const struct kdump_layout *at = &b->k->at;
	struct sink *sink = b->k->job->sink;
	int r = sink_clear(sink, 0, at->descs, e);

	if (r == 0)
		r = sink_reserve(sink, at->descs, at->data - at->descs, e);
	if (r == 0)
		r = kdump_put_front(b->k, KDUMP_STATUS_ZLIB | KDUMP_STATUS_INCOMPLETE, e);
	return r < 0 ? r : sink_sync(sink, e);
}

/*
 * All pages are settled. The mark is taken away last, behind all else. Sub header and notes are put a second time: the
 * log of a raw device then has them twice, and no reader does without them.
 */
static int put_end(struct by_value *b, struct error *e)
{
	struct sink *sink = b->k->job->sink;
	int r;

	b->k->job->stats.begun = false;
	r = kdump_put_sub_header(b->k, true, e);
	if (r == 0)
		r = sink_sync(sink, e);
	return r < 0 ? r : kdump_put_header(b->k, KDUMP_STATUS_ZLIB, e);
}

int kdump_encode_by_value(struct kdump *k, struct error *e)
{
	struct by_value *b CLEANUP(free_ptr) = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return error_set(e, ENOMEM, "no memory for descriptors");
	b->k = k;
	k->data = k->at.data;
	r = put_empty(b, e);
	if (r == 0)
		r = store_zero_page(b, e);
	for (enum page_priority v = 0; r == 0 && v < NR_PAGE_PRIORITIES; v++)
		if (k->job->stats.by_priority[v])
			r = save_value(b, v, e);
	encode_progress(k->job, b->done, k->total);
	if (r == 0 && b->done != k->total)
		r = error_set(e, EILSEQ, "the page array has changed while it was read");
	return r < 0 ? r : put_end(b, e);
}
