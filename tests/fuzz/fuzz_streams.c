/* Compressed images: where a stream ends lies inside the bytes, and none of what lists or reads goes beyond them. */
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "image/image_list.h"
#include "compress/decompress.h"
#include "compress/frame_size.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const ends[])(struct span data, size_t * length) = {zstd_frame_size, xz_frame_size,
									  bzip2_frame_size};
	struct buffer out CLEANUP(buffer_deinit) = {0}, list CLEANUP(buffer_deinit) = {0};
	struct span bytes = span_of(data, size);
	enum compression format = compression_find(bytes);
	struct image_listed listed;
	struct error e;
	size_t length;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i](bytes, &length) && length > size)
			abort();
	if (format == COMPRESSION_LZ4 && decompress_stream(&out, format, bytes, MOST, &length, &e) == 0 &&
	    length > size)
		abort();
	/* The others would start programs. */
	if (format == COMPRESSION_NONE || format == COMPRESSION_GZIP || format == COMPRESSION_LZ4)
		image_list_span(&list, bytes, &listed, &e);
	return 0;
}
