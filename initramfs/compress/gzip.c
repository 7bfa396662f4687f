#include "compress/gzip.h"

#include <errno.h>
#include <limits.h>
#include <zlib.h>

enum {
	GZIP = 16, /* added to the window's bits: a gzip header, whose time and name zlib leaves empty */
	PIECE = 256 * 1024,
};

static int packing(z_stream *z, struct buffer *out, struct error *e)
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

int gzip_pack(struct buffer *out, struct span data, struct error *e)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)data.data, .avail_in = (uInt)data.size};
	int status;

	if (data.size > UINT_MAX)
		return error_set(e, EFBIG, "an image of %zu bytes is too large", data.size);
	if (deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + GZIP, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return error_set(e, ENOMEM, "out of memory for zlib");
	status = packing(&z, out, e);
	deflateEnd(&z);
	return status;
}

/* One member. Returns 0 at its end. */
static int unpacking(z_stream *z, struct buffer *out, size_t max, struct error *e)
{
	int status = Z_OK;

	while (status == Z_OK) {
		char *to = buffer_reserve(out, PIECE);

		if (!to)
			return buffer_check(out, e);
		z->next_out = (Bytef *)to;
		z->avail_out = PIECE;
		status = inflate(z, Z_NO_FLUSH);
		out->size += PIECE - z->avail_out;
		if (out->size > max)
			return error_set(e, EFBIG, "unpacked it is larger than %zu bytes", max);
	}
	if (status == Z_BUF_ERROR)
		return error_set(e, EINVAL, "the gzip data ends too early");
	return status == Z_STREAM_END ? 0 : error_set(e, EINVAL, "damaged gzip data");
}

int gzip_unpack_member(struct buffer *out, struct span data, size_t max, size_t *used, struct error *e)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)data.data, .avail_in = (uInt)data.size};
	int status;

	*used = 0;
	if (data.size > UINT_MAX)
		return error_set(e, EFBIG, "a gzip file of %zu bytes is too large", data.size);
	if (inflateInit2(&z, MAX_WBITS + GZIP) != Z_OK)
		return error_set(e, ENOMEM, "out of memory for zlib");
	status = unpacking(&z, out, max > SIZE_MAX - out->size ? SIZE_MAX : max + out->size, e);
	*used = data.size - z.avail_in;
	inflateEnd(&z);
	/* Where the last piece was not filled, nothing ends the text yet. */
	buffer_add(out, "", 0);
	return status;
}

int gzip_unpack(struct buffer *out, struct span data, size_t max, struct error *e)
{
	size_t start = out->size, used;
	int status;

	do {
		status = gzip_unpack_member(out, data, max - (out->size - start), &used, e);
		data = span_of(data.data + used, data.size - used);
	} while (status == 0 && data.size >= 2 && data.data[0] == 0x1f && data.data[1] == 0x8b);
	return status;
}
