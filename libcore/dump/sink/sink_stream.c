#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/sink/sink.h"
#include "sys/file.h"

struct stream_sink {
	struct sink sink;
	int fd;
	char *name;
	uint64_t position;
};

static int write_some(struct stream_sink *s, const void *data, size_t size, struct error *e)
{
	int r = write_all(s->fd, data, size);

	if (r == -EPIPE)
		return error_set(e, EPIPE, "writing to %s: the reader has gone", s->name);
	if (r < 0)
		return error_set(e, -r, "writing to %s: %s", s->name, strerror(-r));
	s->position += size;
	return 0;
}

static int fill_gap(struct stream_sink *s, uint64_t upto, struct error *e)
{
	static const uint8_t zeros[512];

	while (s->position < upto) {
		uint64_t left = upto - s->position;
		int r = write_some(s, zeros, left < sizeof(zeros) ? (size_t)left : sizeof(zeros), e);

		if (r < 0)
			return r;
	}
	return 0;
}

static int put(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e)
{
	struct stream_sink *s = (struct stream_sink *)sink;
	int r;

	if (offset < s->position)
		return error_set(e, ESPIPE, "%s cannot go back from %llu to %llu", s->name,
				 (unsigned long long)s->position, (unsigned long long)offset);
	r = fill_gap(s, offset, e);
	return r < 0 ? r : write_some(s, data, size, e);
}

static int commit(struct sink *sink, uint64_t size, struct error *e)
{
	return fill_gap((struct stream_sink *)sink, size, e);
}

static void destroy(struct sink *sink)
{
	struct stream_sink *s = (struct stream_sink *)sink;

	if (s->fd > 2)
		close_fd(&s->fd);
	free(s->name);
	free(s);
}

static const struct sink_ops stream_ops = {.put = put, .commit = commit, .destroy = destroy};

int sink_stream_create(int fd, const char *name, struct sink **sink, struct error *e)
{
	struct stream_sink *s = calloc(1, sizeof(*s));

	if (!s || !(s->name = strdup(name))) {
		free(s);
		return error_set(e, ENOMEM, "no memory");
	}
	s->sink = (struct sink){.ops = &stream_ops, .in_order = true};
	s->fd = fd;
	*sink = &s->sink;
	return 0;
}
