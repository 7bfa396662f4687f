/*
 * How a page is stored: pure functions, page in, bytes out. Every codec's output is a raw page or a zlib stream, which
 * every reader accepts.
 */
#ifndef DUMP_CODEC_H
#define DUMP_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum codec_kind {
	CODEC_NONE, /* raw */
	CODEC_ZLIB, /* deflate by zlib, level 1: the smaller dump */
	CODEC_FAST, /* matches found by LZ4, written as deflate: several times faster, a fifth larger */
};

struct codec;

/* One page of up to page_size bytes at a time. The codec's memory, all of it, is taken here. */
int codec_create(enum codec_kind kind, size_t page_size, struct codec **codec, struct error *e);
void codec_destroyp(struct codec **codec);

/*
 * Encodes one page. *out is what to store, in the codec's own buffer or the page itself, valid until the next call.
 * Returns its size; that is page_size exactly when *out is the page itself, raw (it did not get smaller).
 */
size_t codec_encode(struct codec *codec, const uint8_t *page, const uint8_t **out);

#endif
