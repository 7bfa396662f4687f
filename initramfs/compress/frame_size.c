#include "compress/frame_size.h"

#include <string.h>

/* --- zstd --- */

bool zstd_frame_size(struct span data, size_t *length)
{
	static const uint8_t dictionary_sizes[] = {0, 1, 2, 4}, content_sizes[] = {0, 2, 4, 8};
	uint64_t at = 4;
	uint8_t flags, head[3] = {0};
	bool single;

	if (!span_u8(data, at++, &flags))
		return false;
	single = flags & 0x20;
	at += !single + dictionary_sizes[flags & 3] + content_sizes[flags >> 6] + (single && flags >> 6 == 0);
	/* Block_Header: 1 bit "last", 2 bits type (1: a run of one byte, 3: reserved), 21 bits size. */
	while (!(head[0] & 1)) {
		uint32_t size;

		if (!span_has(data, at, 3))
			return false;
		memcpy(head, data.data + at, 3);
		size = (uint32_t)(head[0] | head[1] << 8 | head[2] << 16) >> 3;
		if ((head[0] >> 1 & 3) == 3)
			return false;
		at += 3 + ((head[0] >> 1 & 3) == 1 ? 1 : size);
	}
	at += flags & 4; /* four bytes of checksum */
	*length = at;
	return span_has(data, 0, at);
}

/* --- xz --- */

/* LZMA2's chunks: each has its size in its header. */
static bool skip_lzma2(struct span data, uint64_t *at)
{
	for (;;) {
		uint8_t control, high = 0, low = 0;

		if (!span_u8(data, *at, &control))
			return false;
		if (control == 0)
			return ++*at, true;
		if (control >= 3 && control < 0x80)
			return false;
		if (control < 3) { /* uncompressed: two bytes of size, minus one */
			if (!span_u8(data, *at + 1, &high) || !span_u8(data, *at + 2, &low))
				return false;
			*at += 3;
		} else { /* compressed: after two of the uncompressed size; from 0xc0 on, one of properties follows */
			if (!span_u8(data, *at + 3, &high) || !span_u8(data, *at + 4, &low))
				return false;
			*at += 5 + (control >= 0xc0);
		}
		*at += (uint64_t)(high << 8 | low) + 1;
	}
}

bool xz_number(struct span data, uint64_t *at, uint64_t *number)
{
	*number = 0;
	for (unsigned shift = 0; shift < 63; shift += 7) {
		uint8_t byte;

		if (!span_u8(data, (*at)++, &byte))
			return false;
		*number |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* The index has each block's sizes; here only its own length matters. */
static bool skip_index(struct span data, uint64_t *at)
{
	uint64_t start = *at, records, size;

	++*at;
	if (!xz_number(data, at, &records))
		return false;
	for (uint64_t i = 0; i < records; i++)
		if (!xz_number(data, at, &size) || !xz_number(data, at, &size))
			return false;
	*at += (-(*at - start) & 3) + 4;
	return true;
}

bool xz_frame_size(struct span data, size_t *length)
{
	static const uint8_t check_sizes[] = {0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64};
	uint8_t flags, head;
	uint64_t at = 12;

	if (!span_u8(data, 7, &flags))
		return false;
	for (;;) {
		uint64_t block;

		if (!span_u8(data, at, &head))
			return false;
		if (head == 0)
			break;
		at += ((uint64_t)head + 1) * 4;
		block = at;
		if (!skip_lzma2(data, &at))
			return false;
		at += (-(at - block) & 3) + check_sizes[flags & 15];
	}
	if (!skip_index(data, &at) || !span_has(data, at, 12) || memcmp(data.data + at + 10, "YZ", 2) != 0)
		return false;
	*length = at + 12;
	return true;
}

/* --- bzip2 --- */

/* Its parts begin at any bit: the end mark, a checksum of 32 bits, and zeros up to a whole byte. */
bool bzip2_frame_size(struct span data, size_t *length)
{
	static const uint64_t mark = 0x177245385090, mask = 0xffffffffffff;
	uint64_t bits = 0;

	for (size_t i = 4; i < data.size; i++) {
		for (int bit = 7; bit >= 0; bit--) {
			bits = bits << 1 | (data.data[i] >> bit & 1);
			if ((bits & mask) != mark || i < 9)
				continue;
			*length = (i * 8 + 8 - (size_t)bit + 32 + 7) / 8;
			return *length <= data.size;
		}
	}
	return false;
}
