#include "dump/deferred_words.h"

#include <string.h>

void deferred_words_add(struct deferred_words *d, uint64_t offset, const uint8_t bytes[8], uint32_t syncs)
{
	struct deferred_word *word = &d->words[d->nr++];

	word->offset = offset;
	word->syncs = syncs;
	memcpy(word->bytes, bytes, sizeof(word->bytes));
}

int deferred_words_sync(struct deferred_words *d, struct sink *sink, struct error *e)
{
	size_t left = 0;
	int r = sink_sync(sink, e);

	for (size_t i = 0; r == 0 && i < d->nr; i++) {
		struct deferred_word *word = &d->words[i];

		if (--word->syncs)
			d->words[left++] = *word;
		else
			r = sink_put(sink, word->offset, word->bytes, sizeof(word->bytes), e);
	}
	d->nr = left;
	return r;
}
