/*
 * Deflated data, unpacked. Small and plain: what is unpacked here is an image or a kernel's configuration, not a dump;
 * zlib's own inflate would cost the binary six times as much.
 * Source: RFC 1951. Pure.
 */
#ifndef FMT_INFLATE_H
#define FMT_INFLATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"

/*
 * Where unpacked bytes go, a piece after the other. take returns 0 or a negative errno, which ends the unpacking and is
 * what the unpacker then returns. No more than max bytes are handed out.
 */
struct unpacked {
	int (*take)(void *context, const uint8_t *data, size_t size);
	void *context;
	uint64_t max;
	uint64_t size; /* so many were taken; starts as 0 */
};

/* Hands out a piece, with the count and the limit. Returns 0, -EFBIG or what take returned. */
int unpacked_put(struct unpacked *out, const uint8_t *data, size_t size);

/* A take that keeps everything, with a zero byte behind it: its context. data is the caller's to free. */
struct kept {
	uint8_t *data; /* NULL: nothing came */
	size_t size, capacity;
};
int unpacked_keep(void *kept, const uint8_t *data, size_t size);

/*
 * Unpacks the deflated data that packed starts with; what stands behind it is left alone. Returns how many bytes of
 * packed it takes up, or -EINVAL (damaged, or cut short), -EFBIG, -ENOMEM, or what take returned.
 */
ssize_t inflate_span(struct span packed, struct unpacked *out);

#endif
