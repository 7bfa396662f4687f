/*
 * The run that joins source, selection, encoder, codec and sink.
 */
#ifndef DUMP_SAVE_H
#define DUMP_SAVE_H

#include "base/log.h"
#include "dump/encode.h"
#include "kern/kernel.h"

enum save_format { SAVE_KDUMP, SAVE_ELF };

struct save_options {
	enum save_format format;
	enum codec_kind codec;
	unsigned level;     /* LEVEL_* */
	bool less_filtered; /* where the page array cannot be read, save every page rather than fail */
	bool replace;       /* a file of that name */
	bool flattened;     /* records for a target that cannot seek */
};

/*
 * Opens the sink for a target: "-" is standard output, a character device or FIFO is a stream, anything else a regular
 * file, though none is made below /dev (ENODEV). flattened wraps it. The sink gathers writes. Returns 0 and *sink,
 * which sink_destroyp ends.
 */
int save_open_target(const char *path, const struct save_options *options, struct sink **sink, struct error *e);

/* What save_open_target puts on top of a sink, which is *sink's from here on, also after a failure. */
int save_wrap_sink(struct sink *bottom, bool flattened, struct sink **sink, struct error *e);

/*
 * Writes the dump and commits it, or aborts. kernel is NULL where the crashed kernel's memory cannot be understood: a
 * level that needs it is then an error (ENODATA), or less_filtered. Returns 0 with the counts in *stats, or a negative
 * errno. The dump is degraded where stats->unreadable, stats->counts.damaged or stats->less_filtered is not 0.
 */
int save_dump(struct source *source, struct kernel *kernel, const struct dump_identity *identity,
	      const struct save_options *options, struct sink *sink, const struct progress *progress,
	      const struct log *log, struct dump_stats *stats, struct error *e);

/*
 * Writes the log, behind it the text end (NULL: nothing), and commits it, or aborts. Returns 0 with the counts, or a
 * negative errno.
 */
int save_log(struct kernel *kernel, struct sink *sink, const char *end, uint64_t *records, uint64_t *damaged,
	     struct error *e);

#endif
