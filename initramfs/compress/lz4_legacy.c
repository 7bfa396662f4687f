#include "compress/lz4_legacy.h"

#include <errno.h>
#include <string.h>

#include <lz4.h>
#include <lz4hc.h>

static const uint8_t magic[4] = {0x02, 0x21, 0x4c, 0x18};

static int pack_block(struct buffer *out, struct span block, struct error *e)
{
	int bound = LZ4_compressBound((int)block.size), size;
	char *to = buffer_reserve(out, (size_t)bound + 4);

	if (!to)
		return buffer_check(out, e);
	size = LZ4_compress_HC((const char *)block.data, to + 4, (int)block.size, bound, LZ4HC_CLEVEL_MAX);
	if (size <= 0)
		return error_set(e, ENOMEM, "lz4 could not pack %zu bytes", block.size);
	put_le32((uint8_t *)to, (uint32_t)size);
	out->size += (size_t)size + 4;
	return 0;
}

int lz4_legacy_pack(struct buffer *out, struct span data, struct error *e)
{
	buffer_add(out, magic, sizeof(magic));
	while (data.size) {
		size_t size = data.size < LZ4_LEGACY_BLOCK ? data.size : LZ4_LEGACY_BLOCK;

		if (pack_block(out, span_of(data.data, size), e) < 0)
			return -e->code;
		data = span_of(data.data + size, data.size - size);
	}
	/* The text ends here, also where the last block did not fill its place. */
	buffer_add(out, "", 0);
	return buffer_check(out, e);
}

int lz4_legacy_unpack(struct buffer *out, struct span data, size_t max, size_t *used, struct error *e)
{
	size_t start = out->size;
	uint32_t size = 0;

	*used = sizeof(magic);
	if (data.size < sizeof(magic) || memcmp(data.data, magic, sizeof(magic)) != 0)
		return error_set(e, EINVAL, "no lz4 legacy frame");
	while (span_le32(data, *used, &size) && size) {
		struct span block = span_part(data, *used + 4, size);
		char *to;
		int n;

		/* Frames may stand one behind another, without anything between them. */
		if (size == get_le32(magic)) {
			*used += 4;
			continue;
		}
		if (block.size == 0 || size > (uint32_t)LZ4_compressBound(LZ4_LEGACY_BLOCK))
			return error_set(e, EINVAL, "the lz4 block at byte %zu goes past the end", *used);
		to = buffer_reserve(out, LZ4_LEGACY_BLOCK);
		if (!to)
			return buffer_check(out, e);
		n = LZ4_decompress_safe((const char *)block.data, to, (int)size, LZ4_LEGACY_BLOCK);
		if (n < 0)
			return error_set(e, EINVAL, "the lz4 block at byte %zu is damaged", *used);
		out->size += (size_t)n;
		*used += 4 + (size_t)size;
		if (out->size - start > max)
			return error_set(e, EFBIG, "unpacked it is larger than %zu bytes", max);
	}
	buffer_add(out, "", 0);
	return buffer_check(out, e);
}
