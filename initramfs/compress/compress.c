#include "compress/compress.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <lz4.h>
#include <lz4hc.h>
#include <zlib.h>

#include "fmt/unlz4.h"

enum {
	GZIP = 16, /* added to the window's bits: a gzip header, whose time and name zlib leaves empty */
	PIECE = 256 * 1024,
};

int compress_format_read(enum compression *format, const char *name, struct error *e)
{
	static const enum compression formats[] = {COMPRESSION_GZIP, COMPRESSION_NONE, COMPRESSION_LZ4};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(name, compression_name(formats[i])) != 0)
			continue;
		*format = formats[i];
		return 0;
	}
	error_set(e, EINVAL, "unknown image format '%.32s'; expected gzip, none or lz4", name);
	if (strcmp(name, "xz") == 0 || strcmp(name, "zstd") == 0)
		error_hint(e, "for so small an image, decompressing %s takes more memory than it saves", name);
	return -e->code;
}

static int deflate_all(z_stream *z, struct buffer *out, struct error *e)
{
	int status = Z_OK;

	while (status == Z_OK) {
		char *to = buffer_reserve(out, PIECE);

		if (!to)
			return buffer_check(out, e);
		z->next_out = (Bytef *)to;
		z->avail_out = PIECE;
		status = deflate(z, Z_FINISH);
		out->size += PIECE - z->avail_out;
	}
	return status == Z_STREAM_END ? 0 : error_set(e, EIO, "zlib's deflate failed: %d", status);
}

static int compress_gzip(struct buffer *out, struct span data, struct error *e)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)data.data, .avail_in = (uInt)data.size};
	int status;

	if (data.size > UINT_MAX)
		return error_set(e, EFBIG, "an image of %zu bytes is too large", data.size);
	if (deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + GZIP, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return error_set(e, ENOMEM, "out of memory for zlib");
	status = deflate_all(&z, out, e);
	deflateEnd(&z);
	return status;
}

static int compress_lz4_block(struct buffer *out, struct span block, struct error *e)
{
	int bound = LZ4_compressBound((int)block.size), size;
	char *to = buffer_reserve(out, (size_t)bound + 4);

	if (!to)
		return buffer_check(out, e);
	size = LZ4_compress_HC((const char *)block.data, to + 4, (int)block.size, bound, LZ4HC_CLEVEL_MAX);
	if (size <= 0)
		return error_set(e, ENOMEM, "lz4 could not compress %zu bytes", block.size);
	put_le32((uint8_t *)to, (uint32_t)size);
	out->size += (size_t)size + 4;
	return 0;
}

static int compress_lz4(struct buffer *out, struct span data, struct error *e)
{
	struct span magic = compression_magic(COMPRESSION_LZ4);

	buffer_add(out, magic.data, magic.size);
	while (data.size) {
		size_t size = data.size < UNLZ4_BLOCK ? data.size : UNLZ4_BLOCK;

		if (compress_lz4_block(out, span_of(data.data, size), e) < 0)
			return -e->code;
		data = span_of(data.data + size, data.size - size);
	}
	return 0;
}

int compress_data(struct buffer *out, enum compression format, struct span data, struct error *e)
{
	int status = 0;

	if (format == COMPRESSION_NONE)
		buffer_add(out, data.data, data.size);
	else
		status = format == COMPRESSION_LZ4 ? compress_lz4(out, data, e) : compress_gzip(out, data, e);
	/* Adds the zero byte that a last piece does not have after it. */
	buffer_add(out, "", 0);
	return status < 0 ? status : buffer_check(out, e);
}
