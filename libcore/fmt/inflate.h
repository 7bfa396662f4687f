/*
 * Decompresses deflated data. Small and plain: its input is an image or a kernel's configuration, not a dump. zlib's
 * inflate is six times as large, and only 1.5 times as fast. Source: RFC 1951. Pure.
 */
#ifndef FMT_INFLATE_H
#define FMT_INFLATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"

/*
 * Where decompressed bytes go, piece by piece: at most max bytes. take returns 0 or a negative errno, which ends the
 * decompression and is its result.
 */
struct unpacked {
	int (*take)(void *context, const void *data, size_t size);
	void *context;
	uint64_t max;
	uint64_t size; /* bytes taken so far; starts as 0 */
};

/* Passes a piece to take, counts it and enforces the limit. Returns 0, -EFBIG or what take returned. */
int unpacked_put(struct unpacked *out, const void *data, size_t size);

/* The context of unpacked_keep, a take that keeps everything, with a zero byte after it. The caller frees data. */
struct kept {
	uint8_t *data; /* NULL: nothing was taken */
	size_t size, capacity;
};
int unpacked_keep(void *kept, const void *data, size_t size);

/*
 * Decompresses the deflated data that packed starts with and ignores what follows it. Returns its length in packed, or
 * -EINVAL (damaged or truncated; the bytes before that are handed out), -EFBIG, -ENOMEM, or what take returned.
 */
ssize_t inflate_span(struct span packed, struct unpacked *out);

#endif
