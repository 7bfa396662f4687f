#include "dump/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lz4.h>
#include <zlib.h>

#include "dump/deflate_from_lz4.h"

struct codec {
	enum codec_kind kind;
	size_t page_size;
	uint8_t *out; /* page_size bytes: what does not fit is stored raw */
	uint8_t *lz4; /* an LZ4 block */
	void *lz4_state;
	z_stream z;
};

/* A window of 4 KiB is all that one 4 KiB page can use, and takes 1/8 of the memory of the usual 32 KiB. */
static int window_bits(size_t page_size)
{
	return page_size <= 4096 ? 12 : page_size <= 16384 ? 14 : 15;
}

static int init_kind(struct codec *c)
{
	switch (c->kind) {
	case CODEC_ZLIB:
		return deflateInit2(&c->z, 1, Z_DEFLATED, window_bits(c->page_size), 8, Z_DEFAULT_STRATEGY) == Z_OK;
	case CODEC_FAST:
		c->lz4 = malloc((size_t)LZ4_compressBound((int)c->page_size));
		c->lz4_state = malloc((size_t)LZ4_sizeofState());
		return c->lz4 && c->lz4_state;
	case CODEC_NONE:
		break;
	}
	return 1;
}

int codec_create(enum codec_kind kind, size_t page_size, struct codec **codec, struct error *e)
{
	struct codec *c = calloc(1, sizeof(*c));

	if (c) {
		c->kind = kind;
		c->page_size = page_size;
		c->out = malloc(page_size);
		if (c->out && init_kind(c)) {
			*codec = c;
			return 0;
		}
	}
	codec_destroyp(&c);
	return error_set(e, ENOMEM, "no memory for compression");
}

void codec_destroyp(struct codec **codec)
{
	struct codec *c = *codec;

	*codec = NULL;
	if (!c)
		return;
	if (c->kind == CODEC_ZLIB)
		deflateEnd(&c->z);
	free(c->out);
	free(c->lz4);
	free(c->lz4_state);
	free(c);
}

static size_t encode_zlib(struct codec *c, const uint8_t *page)
{
	deflateReset(&c->z);
	c->z.next_in = (z_const Bytef *)page;
	c->z.avail_in = (uInt)c->page_size;
	c->z.next_out = c->out;
	c->z.avail_out = (uInt)c->page_size - 1;
	if (deflate(&c->z, Z_FINISH) != Z_STREAM_END)
		return 0;
	return c->page_size - 1 - c->z.avail_out;
}

static size_t encode_fast(struct codec *c, const uint8_t *page)
{
	int n = LZ4_compress_fast_extState(c->lz4_state, (const char *)page, (char *)c->lz4, (int)c->page_size,
					   LZ4_compressBound((int)c->page_size), 1);

	if (n <= 0)
		return 0;
	return deflate_from_lz4(c->lz4, (size_t)n, page, c->page_size, c->out, c->page_size - 1);
}

size_t codec_encode(struct codec *c, const uint8_t *page, const uint8_t **out)
{
	size_t n = c->kind == CODEC_ZLIB ? encode_zlib(c, page) : c->kind == CODEC_FAST ? encode_fast(c, page) : 0;

	*out = n ? c->out : page;
	return n ? n : c->page_size;
}
