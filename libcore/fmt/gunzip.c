#include "fmt/gunzip.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"

enum {
	WINDOW = 32768, /* deflate looks back so far */
	FIXED = 10,     /* bytes of a header without its optional fields */
	TRAILER = 8,
	HAS_CRC = 2, /* flags of a header */
	HAS_EXTRA = 4,
	HAS_NAME = 8,
	HAS_COMMENT = 16,
};

int unpacked_put(struct unpacked *out, const uint8_t *data, size_t size)
{
	if (size > out->max - out->size)
		return -EFBIG;
	out->size += size;
	return out->take(out->context, data, size);
}

int unpacked_error(const struct unpacked *out, int code, const char *what, struct error *e)
{
	if (code == EFBIG)
		return error_set(e, code, "%s: unpacked it is larger than %" PRIu64 " bytes", what, out->max);
	return error_set(e, code, "%s: %s", what, code == EINVAL ? "damaged, or cut short" : strerror(code));
}

/* The size of a member's header, or 0 where there is none that is whole. */
static size_t header_size(struct span packed)
{
	uint64_t at = FIXED;
	uint16_t extra = 0;
	uint8_t flags;

	if (!span_has(packed, 0, FIXED) || memcmp(packed.data, "\x1f\x8b\x08", 3) != 0)
		return 0;
	flags = packed.data[3];
	if ((flags & HAS_EXTRA) && !span_le16(packed, at, &extra))
		return 0;
	at += flags & HAS_EXTRA ? 2u + extra : 0;
	for (int text = HAS_NAME; text <= HAS_COMMENT; text *= 2) {
		const uint8_t *zero;

		if (!(flags & text))
			continue;
		zero = at < packed.size ? memchr(packed.data + at, 0, packed.size - at) : NULL;
		if (!zero)
			return 0;
		at = (uint64_t)(zero - packed.data) + 1;
	}
	at += flags & HAS_CRC ? 2 : 0;
	return span_has(packed, at, TRAILER) ? (size_t)at : 0;
}

/* What zlib's function is given: all input at once, and each full window goes on. */
struct job {
	struct span packed;
	struct unpacked *out;
	uint32_t crc;
	int status;
};

static unsigned give(void *context, z_const unsigned char **data)
{
	struct job *job = context;
	unsigned size = job->packed.size > UINT_MAX ? UINT_MAX : (unsigned)job->packed.size;

	*data = (z_const unsigned char *)(uintptr_t)job->packed.data;
	job->packed = span_of(job->packed.data + size, job->packed.size - size);
	return size;
}

static int take(void *context, unsigned char *data, unsigned size)
{
	struct job *job = context;

	job->crc = (uint32_t)crc32(job->crc, data, size);
	job->status = unpacked_put(job->out, data, size);
	return job->status;
}

/* The deflated data at the start of job->packed. Returns its size or a negative errno. */
static ssize_t inflate_span(struct job *job)
{
	unsigned char *window CLEANUP(free_ptr) = malloc(WINDOW);
	struct span all = job->packed;
	z_stream z = {.next_in = Z_NULL};
	int status;

	if (!window || inflateBackInit(&z, 15, window) != Z_OK)
		return -ENOMEM;
	status = inflateBack(&z, give, job, take, job);
	inflateBackEnd(&z);
	if (status == Z_STREAM_END)
		return (ssize_t)(all.size - job->packed.size - z.avail_in);
	return job->status < 0 ? job->status : -EINVAL;
}

ssize_t gunzip(struct span packed, struct unpacked *out, struct error *e)
{
	size_t head = header_size(packed);
	struct job job = {.packed = span_part(packed, head, packed.size - head), .out = out};
	uint64_t before = out->size;
	uint32_t crc, size;
	ssize_t body;

	if (!head)
		return unpacked_error(out, EINVAL, "gzip", e);
	body = inflate_span(&job);
	if (body >= 0 &&
	    (!span_le32(packed, head + (size_t)body, &crc) || !span_le32(packed, head + (size_t)body + 4, &size) ||
	     crc != job.crc || size != (uint32_t)(out->size - before)))
		body = -EINVAL;
	return body < 0 ? unpacked_error(out, (int)-body, "gzip", e) : (ssize_t)head + body + TRAILER;
}
