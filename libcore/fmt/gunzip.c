#include "fmt/gunzip.h"

#include <errno.h>
#include <limits.h>
#include <zlib.h>

enum {
	GZIP = 16,      /* added to the window's bits: a gzip header */
	MEMBER_MIN = 18 /* bytes of header and trailer */
};

bool gunzip_is_gzip(struct span data)
{
	return data.size >= 2 && data.data[0] == 0x1f && data.data[1] == 0x8b;
}

size_t gunzip_size(struct span data)
{
	uint32_t size = 0;

	if (gunzip_is_gzip(data) && data.size >= MEMBER_MIN)
		span_le32(data, data.size - 4, &size);
	return size;
}

int gunzip(void *out, size_t size, struct span data, struct error *e)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)data.data, .avail_in = (uInt)data.size};
	int status;

	if (data.size > UINT_MAX || size > UINT_MAX)
		return error_set(e, EINVAL, "too large for one gzip member");
	if (inflateInit2(&z, MAX_WBITS + GZIP) != Z_OK)
		return error_set(e, ENOMEM, "out of memory for zlib");
	z.next_out = out;
	z.avail_out = (uInt)size;
	status = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (status != Z_STREAM_END || z.avail_out != 0 || z.avail_in != 0)
		return error_set(e, EINVAL, "damaged gzip data");
	return 0;
}
