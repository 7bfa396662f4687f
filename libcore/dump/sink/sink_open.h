/*
 * Opens sinks by name, with the wrappers that belong on top of them.
 */
#ifndef DUMP_SINK_SINK_OPEN_H
#define DUMP_SINK_SINK_OPEN_H

#include "dump/sink/sink.h"

/* How a sink is opened. */
enum {
	SINK_REPLACE = 1,   /* replace an existing file */
	SINK_FLATTENED = 2, /* records for a target that cannot seek */
};

/*
 * Opens the sink for a path: "-" is standard output, a character device or FIFO is a stream, anything else a regular
 * file, though none is made below /dev (ENODEV). The sink gathers writes. Returns 0 and *sink, which sink_destroyp
 * ends, or a negative errno.
 */
int sink_open(const char *path, unsigned how, struct sink **sink, struct error *e);

/* What sink_open puts on top of a sink, which is *sink's from here on, also after a failure. */
int sink_wrap(struct sink *bottom, unsigned how, struct sink **sink, struct error *e);

#endif
