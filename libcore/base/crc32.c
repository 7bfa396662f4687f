#include "base/crc32.h"

#include "base/span.h"

enum { STEP = 8 };

void crc32_init(struct crc32 *crc)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;

		for (int bit = 0; bit < 8; bit++)
			value = value >> 1 ^ (value & 1 ? 0xEDB88320u : 0);
		crc->table[0][i] = value;
	}
	for (int k = 1; k < STEP; k++)
		for (int i = 0; i < 256; i++) {
			uint32_t before = crc->table[k - 1][i];

			crc->table[k][i] = before >> 8 ^ crc->table[0][before & 255];
		}
}

uint32_t crc32_add(const struct crc32 *crc, uint32_t value, const void *data, size_t size)
{
	const uint8_t *p = data;

	value = ~value;
	for (; size >= STEP; size -= STEP, p += STEP) {
		uint32_t low = value ^ get_le32(p), high = get_le32(p + 4);

		value = 0;
		for (int i = 0; i < 4; i++)
			value ^= crc->table[7 - i][low >> 8 * i & 255] ^ crc->table[3 - i][high >> 8 * i & 255];
	}
	while (size--)
		value = value >> 8 ^ crc->table[0][(value ^ *p++) & 255];
	return ~value;
}

uint32_t crc32_of(const void *data, size_t size)
{
	struct crc32 crc;

	crc32_init(&crc);
	return crc32_add(&crc, 0, data, size);
}
