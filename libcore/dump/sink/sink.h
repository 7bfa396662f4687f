/*
 * Where a dump goes. A sink accepts bytes at offsets; gaps read as zeros. What a target cannot do is a wrapper around a
 * sink (buffering, flattened records), never a flag inside an encoder.
 *
 * A sink's owner calls commit or abort exactly once, and destroy at the end. After an error nothing but abort helps.
 */
#ifndef DUMP_SINK_SINK_H
#define DUMP_SINK_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct sink;

struct sink_ops {
	int (*put)(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e);
	/* All of these bytes will be put, piece by piece: the target reserves space for them. NULL: it cannot. */
	int (*reserve)(struct sink *sink, uint64_t offset, uint64_t size, struct error *e);
	/* From here on, everything put so far survives a loss of power. NULL: the target cannot guarantee it. */
	int (*sync)(struct sink *sink, struct error *e);
	/* The dump is whole and size bytes long: from here on it has its final name. */
	int (*commit)(struct sink *sink, uint64_t size, struct error *e);
	/* The dump failed: nothing is left under the final name. NULL: nothing ever is. */
	void (*abort)(struct sink *sink);
	void (*destroy)(struct sink *sink);
};

struct sink {
	const struct sink_ops *ops;
	bool in_order; /* offsets must not go back: an encoder must know all sizes before it begins */
};

static inline int sink_put(struct sink *s, uint64_t offset, const void *data, size_t size, struct error *e)
{
	return s->ops->put(s, offset, data, size, e);
}

static inline int sink_reserve(struct sink *s, uint64_t offset, uint64_t size, struct error *e)
{
	return s->ops->reserve ? s->ops->reserve(s, offset, size, e) : 0;
}

static inline int sink_sync(struct sink *s, struct error *e)
{
	return s->ops->sync ? s->ops->sync(s, e) : 0;
}

static inline int sink_commit(struct sink *s, uint64_t size, struct error *e)
{
	return s->ops->commit(s, size, e);
}

static inline void sink_abort(struct sink *s)
{
	if (s->ops->abort)
		s->ops->abort(s);
}

/* CLEANUP for a struct sink *; NULL is fine. */
void sink_destroyp(struct sink **sink);

/*
 * A regular file, mode 0600 from its first byte on. Until its first sync its name is PATH-starting, and then
 * PATH-incomplete, so that a file with that name is readable; at commit it is renamed after an fsync. The directory is
 * synced after both. An existing PATH is refused (EEXIST) unless replace is set. Written data does not stay in the page
 * cache. abort leaves PATH-incomplete for what it is worth, and no PATH-starting. dir: the open directory of PATH,
 * which is then only used for its last name and in messages; -1: it is opened by its path. In the directory no link is
 * followed.
 */
int sink_file_create(int dir, const char *path, bool replace, struct sink **sink, struct error *e);

/*
 * A pipe, a socket, a character device: in_order; gaps are filled with zeros. The descriptor is the sink's from here
 * on, but for 0 to 2. name is for messages.
 */
int sink_stream_create(int fd, const char *name, struct sink **sink, struct error *e);

/* makedumpfile's flattened records on an in_order sink, which it owns: any offset can be put. */
int sink_flattened_create(struct sink *below, struct sink **sink, struct error *e);

/* Gathers puts that follow each other into writes of up to size bytes. It owns the sink below. */
int sink_buffer_create(struct sink *below, size_t size, struct sink **sink, struct error *e);

#endif
