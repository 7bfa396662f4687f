/*
 * One member of a gzip file. Pure: bytes in, pieces of what they hold to the caller's function.
 * Source: RFC 1952; the deflated data in it is zlib's business.
 */
#ifndef FMT_GUNZIP_H
#define FMT_GUNZIP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
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

/*
 * Unpacks the member that packed starts with; what stands behind it is left alone. Returns how many bytes of packed it
 * takes up, or -EINVAL (not gzip, cut short, damaged), -EFBIG (larger than max), -ENOMEM, or what take returned.
 */
ssize_t gunzip(struct span packed, struct unpacked *out, struct error *e);

/* Hands out a piece, as an unpacker does it: with the count and the limit. Returns 0, -EFBIG or what take returned. */
int unpacked_put(struct unpacked *out, const uint8_t *data, size_t size);

/* An unpacker's error as a sentence; a limit that was reached names itself. Returns -code. */
int unpacked_error(const struct unpacked *out, int code, const char *what, struct error *e);

#endif
