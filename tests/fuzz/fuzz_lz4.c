/* An LZ4 block as deflate: any bytes, and a real block whose stream must give the page back. */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "dump/codec.h"
#include "dump/deflate_from_lz4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t page[4096], out[4096], back[4096];
	struct codec *codec;
	const uint8_t *stored;
	struct error e;
	uLongf n = sizeof(back);
	size_t stored_size;

	deflate_from_lz4(data, size, page, sizeof(page), out, sizeof(out));
	memset(page, 0, sizeof(page));
	memcpy(page, data, size < sizeof(page) ? size : sizeof(page));
	if (codec_create(CODEC_FAST, sizeof(page), &codec, &e) < 0)
		abort();
	stored_size = codec_encode(codec, page, &stored);
	if (stored_size < sizeof(page) &&
	    (uncompress(back, &n, stored, stored_size) != Z_OK || n != sizeof(page) || memcmp(back, page, n) != 0))
		abort();
	codec_destroyp(&codec);
	return 0;
}
