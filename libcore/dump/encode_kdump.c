#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "dump/kdump_front.h"

enum { DATA_WINDOW = 4 << 20 }; /* of the source */

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
	return r == 0 && done != k->total ? kdump_array_changed(e) : r;
}

int encode_kdump(struct encode *job, struct error *e)
{
	struct kdump k = {.job = job};
	int r;

	k.total = page_order_count(job->order, job->stats.by_priority);
	job->stats.pages = k.total;
	job->stats.begun = !job->sink->in_order;
	job->stats.counts = job->selection->counts;
	kdump_make_header(&k);
	view_init(&k.view, job->source, DATA_WINDOW);
	r = job->sink->in_order ? encode_in_order(&k, e) : kdump_encode_by_priority(&k, e);
	job->stats.size = k.data;
	view_deinit(&k.view);
	return r;
}
