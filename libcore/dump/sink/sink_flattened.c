#include <errno.h>
#include <stdlib.h>

#include "dump/sink/sink.h"
#include "fmt/flattened.h"

struct flattened_sink {
	struct sink sink;
	struct sink *below;
	uint64_t position; /* in the stream */
	uint64_t last;     /* one more than the highest offset that has been put */
};

static int append(struct flattened_sink *f, const void *data, size_t size, struct error *e)
{
	int r = sink_put(f->below, f->position, data, size, e);

	f->position += size;
	return r;
}

static int start(struct flattened_sink *f, struct error *e)
{
	uint8_t *header = malloc(FLATTENED_HEADER_SIZE);
	int r;

	if (!header)
		return error_set(e, ENOMEM, "no memory");
	flattened_write_header(header);
	r = append(f, header, FLATTENED_HEADER_SIZE, e);
	free(header);
	return r;
}

static int put(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e)
{
	struct flattened_sink *f = (struct flattened_sink *)sink;
	uint8_t record[FLATTENED_RECORD_SIZE];
	int r = f->position ? 0 : start(f, e);

	if (r < 0 || size == 0)
		return r;
	flattened_write_record(record, offset, size);
	r = append(f, record, sizeof(record), e);
	if (r == 0)
		r = append(f, data, size, e);
	if (offset + size > f->last)
		f->last = offset + size;
	return r;
}

static int sync_below(struct sink *sink, struct error *e)
{
	return sink_sync(((struct flattened_sink *)sink)->below, e);
}

static int commit(struct sink *sink, uint64_t size, struct error *e)
{
	struct flattened_sink *f = (struct flattened_sink *)sink;
	uint8_t record[FLATTENED_RECORD_SIZE];
	int r = 0;

	/* The file gets its size from its last byte. */
	if (size > f->last)
		r = put(sink, size - 1, "", 1, e);
	if (r == 0) {
		flattened_write_end(record);
		r = append(f, record, sizeof(record), e);
	}
	return r < 0 ? r : sink_commit(f->below, f->position, e);
}

static void abort_below(struct sink *sink)
{
	sink_abort(((struct flattened_sink *)sink)->below);
}

static void destroy(struct sink *sink)
{
	struct flattened_sink *f = (struct flattened_sink *)sink;

	sink_destroyp(&f->below);
	free(f);
}

static const struct sink_ops flattened_ops = {
	.put = put, .sync = sync_below, .commit = commit, .abort = abort_below, .destroy = destroy};

int sink_flattened_create(struct sink *below, struct sink **sink, struct error *e)
{
	struct flattened_sink *f = calloc(1, sizeof(*f));

	if (!f)
		return error_set(e, ENOMEM, "no memory");
	f->sink = (struct sink){.ops = &flattened_ops};
	f->below = below;
	*sink = &f->sink;
	return 0;
}
