/*
 * What is written in two sectors and read as one: of two neighbouring 8-byte words a loss of power can leave one
 * without the other. So an encoder puts the first with a harmless second, and defers the second until the first is
 * synced.
 */
#ifndef DUMP_DEFERRED_WORDS_H
#define DUMP_DEFERRED_WORDS_H

#include "base/span.h"
#include "dump/sink/sink.h"

enum { SECTOR = 512, DEFERRED_MAX = 768 };

struct deferred_words {
	struct deferred_word {
		uint64_t offset;
		uint32_t syncs; /* that must come before it is put */
		uint8_t bytes[8];
	} words[DEFERRED_MAX];
	size_t nr;
};

/* Whether the boundary of what a disk writes as a whole, at least, lies between the two words at an offset. */
static inline bool straddles_sector(uint64_t offset)
{
	return offset % SECTOR == SECTOR - 8;
}

/* There must be room: nr < DEFERRED_MAX. */
void deferred_words_add(struct deferred_words *deferred, uint64_t offset, const uint8_t bytes[8], uint32_t syncs);

/* Syncs, and puts the words that waited for it. Returns 0 or a negative errno. */
int deferred_words_sync(struct deferred_words *deferred, struct sink *sink, struct error *e);

#endif
