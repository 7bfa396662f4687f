#include "dump/encode.h"

#include <string.h>

bool encode_is_zero(const uint8_t *data, size_t size)
{
	uint64_t word;

	memcpy(&word, data, sizeof(word));
	if (word)
		return false;
	/* Every byte equals the one eight places before it, and the first eight are zero. */
	return memcmp(data, data + sizeof(word), size - sizeof(word)) == 0;
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
