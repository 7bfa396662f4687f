#include "fmt/gunzip.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/crc32.h"
#include "fmt/compression.h"

enum {
	FIXED = 10,  /* bytes of a header without its optional fields */
	DEFLATE = 8, /* the only method */
	TRAILER = 8,
	HAS_CRC = 2, /* flags of a header */
	HAS_EXTRA = 4,
	HAS_NAME = 8,
	HAS_COMMENT = 16,
};

size_t gunzip_size(struct span data)
{
	uint32_t size = 0;

	if (compression_find(data) == COMPRESSION_GZIP && data.size >= FIXED + TRAILER)
		span_le32(data, data.size - 4, &size);
	return size;
}

int unpacked_error(const struct unpacked *out, int code, const char *what, struct error *e)
{
	if (code == EFBIG)
		return error_set(e, code, "%s: decompresses to more than %" PRIu64 " bytes", what, out->max);
	return error_set(e, code, "%s: %s", what, code == EINVAL ? "damaged or truncated" : strerror(code));
}

/* The size of a member's header, or 0 if it is missing or truncated. */
static size_t header_size(struct span packed)
{
	uint64_t at = FIXED;
	uint16_t extra = 0;
	uint8_t flags;

	if (!span_has(packed, 0, FIXED) || compression_find(packed) != COMPRESSION_GZIP || packed.data[2] != DEFLATE)
		return 0;
	flags = packed.data[3];
	if ((flags & HAS_EXTRA) && !span_le16(packed, at, &extra))
		return 0;
	at += flags & HAS_EXTRA ? 2u + extra : 0;
	for (int text = HAS_NAME; text <= HAS_COMMENT; text *= 2) {
		const uint8_t *zero;

		if (!(flags & text))
			continue;
		zero = at < packed.size ? memchr(packed.data + at, 0, packed.size - at) : NULL;
		if (!zero)
			return 0;
		at = (uint64_t)(zero - packed.data) + 1;
	}
	at += flags & HAS_CRC ? 2 : 0;
	return span_has(packed, at, TRAILER) ? (size_t)at : 0;
}

/* Between the decompressor and the caller: the checksum. */
struct check {
	struct unpacked *out;
	struct crc32 table;
	uint32_t crc;
};

static int take(void *context, const void *data, size_t size)
{
	struct check *check = context;

	check->crc = crc32_add(&check->table, check->crc, data, size);
	return unpacked_put(check->out, data, size);
}

ssize_t gunzip(struct span packed, struct unpacked *out, struct error *e)
{
	size_t head = header_size(packed);
	struct check check = {.out = out};
	struct unpacked checked = {.take = take, .context = &check, .max = UINT64_MAX};
	uint32_t crc, size;
	ssize_t body;

	crc32_init(&check.table);
	if (!head)
		return unpacked_error(out, EINVAL, "gzip", e);
	body = inflate_span(span_part(packed, head, packed.size - head), &checked);
	if (body >= 0 &&
	    (!span_le32(packed, head + (size_t)body, &crc) || !span_le32(packed, head + (size_t)body + 4, &size) ||
	     crc != check.crc || size != (uint32_t)checked.size))
		body = -EINVAL;
	return body < 0 ? unpacked_error(out, (int)-body, "gzip", e) : (ssize_t)head + body + TRAILER;
}
