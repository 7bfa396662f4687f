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
