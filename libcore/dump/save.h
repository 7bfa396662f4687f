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
	bool less_filtered; /* if the page array cannot be read, save every page rather than fail */
};

/*
 * Writes the dump and commits it, or aborts. kernel is NULL if the crashed kernel's memory cannot be interpreted: a
 * level that needs it is then an error (ENODATA), or less_filtered. Returns 0 with the counts in *stats, or a negative
 * errno. The dump is degraded if stats->unreadable, stats->counts.damaged or stats->less_filtered is not 0.
 */
int save_dump(struct source *source, struct kernel *kernel, const struct dump_identity *identity,
	      const struct save_options *options, struct sink *sink, const struct progress *progress,
	      const struct log *log, struct dump_stats *stats, struct error *e);

#endif
