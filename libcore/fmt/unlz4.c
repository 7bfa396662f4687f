#include "fmt/unlz4.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/compression.h"

enum {
	BLOCK = UNLZ4_BLOCK,
	LEAST = 4, /* bytes of the shortest match */
};

/* A length of 15 continues in further bytes while they are 255. Returns false if the block ends too early. */
static bool read_length(struct span in, size_t *at, size_t *length)
{
	uint8_t more = 255;

	while (*length >= 15 && more == 255) {
		if (!span_u8(in, (*at)++, &more))
			return false;
		*length += more;
	}
	return true;
}

/* Copies decompressed bytes from distance bytes back; where the two overlap, the bytes repeat. */
static bool copy_match(uint8_t *out, size_t *used, size_t distance, size_t length)
{
	if (distance == 0 || distance > *used || length > BLOCK - *used)
		return false;
	for (size_t i = 0; i < length; i++)
		out[*used + i] = out[*used + i - distance];
	*used += length;
	return true;
}

/* One block into out, which has BLOCK bytes. Returns how many it holds, or -EINVAL. */
static ssize_t unpack_block(struct span in, uint8_t *out)
{
	size_t at = 0, used = 0;

	while (at < in.size) {
		uint8_t token = in.data[at++];
		size_t literals = token >> 4, match = token & 15;
		uint16_t distance;

		if (!read_length(in, &at, &literals) || !span_has(in, at, literals) || literals > BLOCK - used)
			return -EINVAL;
		memcpy(out + used, in.data + at, literals);
		used += literals;
		at += literals;
		/* The last sequence has no match. */
		if (at == in.size)
			return (ssize_t)used;
		if (!span_le16(in, at, &distance))
			return -EINVAL;
		at += 2;
		if (!read_length(in, &at, &match) || !copy_match(out, &used, distance, match + LEAST))
			return -EINVAL;
	}
	return -EINVAL;
}

ssize_t unlz4(struct span packed, struct unpacked *out, struct error *e)
{
	uint8_t *block CLEANUP(free_ptr) = malloc(BLOCK);
	uint64_t at = 4;
	uint32_t size, magic;

	if (!block)
		return unpacked_error(out, ENOMEM, "lz4", e);
	if (compression_find(packed) != COMPRESSION_LZ4)
		return unpacked_error(out, EINVAL, "lz4", e);
	magic = get_le32(packed.data);
	while (span_le32(packed, at, &size) && size) {
		struct span data = span_part(packed, at + 4, size);
		ssize_t n;

		/* Another frame may follow at once. */
		if (size == magic) {
			at += 4;
			continue;
		}
		n = unpack_block(data, block);
		if (n >= 0)
			n = unpacked_put(out, block, (size_t)n);
		if (n < 0)
			return unpacked_error(out, (int)-n, "lz4", e);
		at += 4 + (uint64_t)size;
	}
	return (ssize_t)at;
}
