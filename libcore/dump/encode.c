#include "dump/encode.h"

#include <string.h>

/* By words, and with one look for eight of them: musl's memcmp goes byte by byte. */
bool encode_is_zero(const uint8_t *data, size_t size)
{
	uint64_t w[8];

	for (; size >= sizeof(w); data += sizeof(w), size -= sizeof(w)) {
		memcpy(w, data, sizeof(w));
		if (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7])
			return false;
	}
	return true;
}

void encode_mark(uint8_t *page, size_t size)
{
	for (size_t i = 0; i < size; i += sizeof(ENCODE_MARK) - 1)
		memcpy(page + i, ENCODE_MARK, sizeof(ENCODE_MARK) - 1);
}

void encode_unreadable(struct encode *encode, uint64_t pfn)
{
	if (!encode->stats.unreadable++)
		encode->stats.first_unreadable = pfn;
}

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
