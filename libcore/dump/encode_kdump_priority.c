#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/kdump_front.h"

enum {
	DESCS = 2048, /* descriptors gathered before they are put: each time a sync comes first */
	/* Straddling descriptors among them, usually one in 64. Each defers two words; of those put before, one is
	   left. */
	MOST_STRADDLING = DEFERRED_MAX / 3,
};

/* Descriptors that follow each other in the table; they do so in descs too. */
struct desc_run {
	uint64_t rank; /* of the first one's page in the whole selection: its index in the table */
	uint32_t count;
};

struct by_priority {
	struct kdump *k;
	uint64_t done; /* pages whose descriptors are made */
	uint8_t zero_desc[KDUMP_DESC_SIZE];
	/* not yet put */
	uint8_t descs[DESCS * KDUMP_DESC_SIZE];
	struct desc_run runs[DESCS];
	size_t nr_descs, nr_runs;
	size_t nr_straddling; /* of the descriptors */
	struct deferred_words deferred;
};

/* --- descriptors -------------------------------------------------------------------------------------------------- */

static uint64_t desc_offset(const struct by_priority *b, uint64_t rank)
{
	return b->k->at.descs + rank * KDUMP_DESC_SIZE;
}

/*
 * A descriptor that straddles two sectors has the offset in one, size and flags in the other. A loss of power can leave
 * one without the other, and readers must not take that for a page: crash takes what it read last for one that is raw
 * and has an offset but no size, libkdumpfile the file's start for one that is raw and has no offset. So first come
 * size and flags, those of a compressed page of no bytes where it is a raw one; after a sync the offset; and after
 * another one a raw page's real size and flags. Defers them, and leaves in desc what may be put now. A page without
 * data needs none of that.
 */
static void defer_straddling(struct by_priority *b, uint64_t rank, uint8_t *desc)
{
	uint64_t offset = desc_offset(b, rank);
	bool raw = get_le32(desc + 12) == KDUMP_PAGE_RAW;

	if (!straddles_sector(offset) || get_le64(desc) == 0)
		return;
	deferred_words_add(&b->deferred, offset, desc, 1);
	if (raw)
		deferred_words_add(&b->deferred, offset + 8, desc + 8, 2);
	kdump_write_desc(desc, 0, raw ? 0 : get_le32(desc + 8), KDUMP_PAGE_ZLIB);
}

/* A descriptor must not point at data that a loss of power could still take away: data is synced first. */
static int put_descs(struct by_priority *b, struct error *e)
{
	uint8_t *desc = b->descs;
	int r = deferred_words_sync(&b->deferred, b->k->job->sink, e);

	for (size_t i = 0; r == 0 && i < b->nr_runs; i++) {
		const struct desc_run *run = &b->runs[i];
		size_t size = run->count * (size_t)KDUMP_DESC_SIZE;

		for (uint32_t n = 0; n < run->count; n++)
			defer_straddling(b, run->rank + n, desc + n * (size_t)KDUMP_DESC_SIZE);
		r = sink_put(b->k->job->sink, desc_offset(b, run->rank), desc, size, e);
		desc += size;
	}
	b->nr_descs = b->nr_runs = b->nr_straddling = 0;
	return r;
}

static uint8_t *next_desc(struct by_priority *b, uint64_t rank)
{
	struct desc_run *last = b->nr_runs ? &b->runs[b->nr_runs - 1] : NULL;

	if (last && last->rank + last->count == rank)
		last->count++;
	else
		b->runs[b->nr_runs++] = (struct desc_run){.rank = rank, .count = 1};
	b->done++;
	b->nr_straddling += straddles_sector(desc_offset(b, rank));
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

static int store_zero_page(struct by_priority *b, struct error *e)
{
	uint8_t *page CLEANUP(free_ptr) = calloc(1, b->k->header.block_size);

	if (!page)
		return error_set(e, ENOMEM, "no memory for a page");
	return store(b->k, page, b->zero_desc, e);
}

static int save_page(struct by_priority *b, uint64_t pfn, uint64_t rank, struct error *e)
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

static int save_run(struct by_priority *b, struct run run, uint64_t rank, struct error *e)
{
	/* The table has no more room, and data follows it. */
	if (rank + run.count > b->k->total)
		return kdump_array_changed(e);
	b->k->view.until = (run.first + run.count) * b->k->header.block_size;
	for (uint64_t i = 0; i < run.count; i++) {
		int r = save_page(b, run.first + i, rank + i, e);

		if (r == 0 && (b->nr_descs == DESCS || b->nr_straddling == MOST_STRADDLING))
			r = put_descs(b, e);
		if (r < 0)
			return r;
		if (b->done % 64 == 0)
			encode_progress(b->k->job, b->done, b->k->total);
	}
	return 0;
}

/* Every page so far has its whole descriptor, and all of that survives. */
static int flush(struct by_priority *b, struct error *e)
{
	int r = put_descs(b, e);

	while (r == 0 && b->deferred.nr)
		r = deferred_words_sync(&b->deferred, b->k->job->sink, e);
	return r < 0 ? r : sink_sync(b->k->job->sink, e);
}

/* One pass: the pages of one priority, which the file then has as a whole. */
static int save_priority(struct by_priority *b, enum page_priority priority, struct error *e)
{
	struct page_order *order = b->k->job->order;
	uint64_t rank, left = b->k->job->stats.by_priority[priority];
	struct run run;
	int r = 0;

	page_order_begin(order, priority);
	while (r == 0 && left && page_order_next(order, &run, &rank) > 0) {
		r = save_run(b, run, rank, e);
		left -= run.count < left ? run.count : left;
	}
	return r < 0 ? r : flush(b, e);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

/* Before the first page: a file that opens, and has no pages. */
static int put_empty(struct by_priority *b, struct error *e)
{
	const struct kdump_layout *at = &b->k->at;
	struct sink *sink = b->k->job->sink;
	int r = sink_reserve(sink, at->descs, at->data - at->descs, e);

	if (r == 0)
		r = kdump_put_front(b->k, KDUMP_STATUS_ZLIB | KDUMP_STATUS_INCOMPLETE, e);
	return r < 0 ? r : sink_sync(sink, e);
}

/*
 * All pages are flushed. The mark is taken away last, after all else. Sub header and notes are put a second time: the
 * log of a raw device then has them twice, since no reader can do without them.
 */
static int put_end(struct by_priority *b, struct error *e)
{
	struct sink *sink = b->k->job->sink;
	int r;

	b->k->job->stats.begun = false;
	r = kdump_put_sub_header(b->k, true, e);
	if (r == 0)
		r = sink_sync(sink, e);
	return r < 0 ? r : kdump_put_header(b->k, KDUMP_STATUS_ZLIB, e);
}

int kdump_encode_by_priority(struct kdump *k, struct error *e)
{
	struct by_priority *b CLEANUP(free_ptr) = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return error_set(e, ENOMEM, "no memory for descriptors");
	b->k = k;
	k->data = k->at.data;
	r = put_empty(b, e);
	if (r == 0)
		r = store_zero_page(b, e);
	for (enum page_priority i = 0; r == 0 && i < NR_PAGE_PRIORITIES; i++)
		if (k->job->stats.by_priority[i])
			r = save_priority(b, i, e);
	encode_progress(k->job, b->done, k->total);
	if (r == 0 && b->done != k->total)
		r = kdump_array_changed(e);
	return r < 0 ? r : put_end(b, e);
}
