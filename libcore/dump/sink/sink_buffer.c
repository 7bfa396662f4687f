#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dump/sink/sink.h"

struct buffer_sink {
	struct sink sink;
	struct sink *below;
	uint8_t *data;
	size_t room, used;
	uint64_t offset; /* of data[0] */
};

static int flush(struct buffer_sink *b, struct error *e)
{
	size_t used = b->used;

	b->used = 0;
	if (!used)
		return 0;
	return sink_put(b->below, b->offset, b->data, used, e);
}

static int put(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e)
{
	struct buffer_sink *b = (struct buffer_sink *)sink;
	const uint8_t *p = data;
	int r = 0;

	if (b->used && offset != b->offset + b->used)
		r = flush(b, e);
	while (r == 0 && size) {
		size_t n;

		if (b->used == 0)
			b->offset = offset;
		/* Each write ends on a multiple of the buffer's size, so that the device sees whole pieces. */
		n = b->room - (size_t)(offset % b->room);
		if (n > size)
			n = size;
		memcpy(b->data + b->used, p, n);
		b->used += n;
		p += n;
		offset += n;
		size -= n;
		if (offset % b->room == 0)
			r = flush(b, e);
	}
	return r;
}

static int reserve_below(struct sink *sink, uint64_t offset, uint64_t size, struct error *e)
{
	struct buffer_sink *b = (struct buffer_sink *)sink;
	int r = flush(b, e);

	return r < 0 ? r : sink_reserve(b->below, offset, size, e);
}

static int sync_below(struct sink *sink, struct error *e)
{
	struct buffer_sink *b = (struct buffer_sink *)sink;
	int r = flush(b, e);

	return r < 0 ? r : sink_sync(b->below, e);
}

static int commit(struct sink *sink, uint64_t size, struct error *e)
{
	struct buffer_sink *b = (struct buffer_sink *)sink;
	int r = flush(b, e);

	return r < 0 ? r : sink_commit(b->below, size, e);
}

static void abort_below(struct sink *sink)
{
	sink_abort(((struct buffer_sink *)sink)->below);
}

static void destroy(struct sink *sink)
{
	struct buffer_sink *b = (struct buffer_sink *)sink;

	sink_destroyp(&b->below);
	free(b->data);
	free(b);
}

static const struct sink_ops buffer_ops = {
	.put = put,
	.reserve = reserve_below,
	.sync = sync_below,
	.commit = commit,
	.abort = abort_below,
	.destroy = destroy,
};

int sink_buffer_create(struct sink *below, size_t size, struct sink **sink, struct error *e)
{
	struct buffer_sink *b = calloc(1, sizeof(*b));

	if (!b || !(b->data = malloc(size))) {
		free(b);
		return error_set(e, ENOMEM, "no memory for a buffer of %zu bytes", size);
	}
	b->sink = (struct sink){.ops = &buffer_ops, .in_order = below->in_order};
	b->below = below;
	b->room = size;
	*sink = &b->sink;
	return 0;
}
