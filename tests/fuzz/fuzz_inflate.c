/*
 * Our own decompression against zlib and LZ4: what both accept has the same bytes, and what the library accepts ours
 * accepts. The input's first byte chooses: a deflated stream, a block of LZ4 in a legacy frame, or a gzip member.
 */
#include <lz4.h>
#include <zlib.h>

#include "fmt/gunzip.h"
#include "fmt/unlz4.h"
#include "fuzz/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 1 << 18 };

static uint8_t other[MAX + 1];

static void compare(const struct kept *kept, size_t size)
{
	if (kept->size != size || (size && memcmp(kept->data, other, size) != 0))
		abort();
}

static void check_inflate(struct span in, struct unpacked *out, const struct kept *kept)
{
	z_stream z = {.next_in = (Bytef *)in.data, .avail_in = (uInt)in.size, .next_out = other, .avail_out = MAX + 1};
	ssize_t used = inflate_span(in, out);
	int result;

	if (inflateInit2(&z, -15) != Z_OK)
		abort();
	result = inflate(&z, Z_FINISH);
	if (result == Z_STREAM_END && z.total_out <= MAX) {
		if (used < 0 || (size_t)used != z.total_in)
			abort();
		compare(kept, z.total_out);
	} else if (used >= 0 && result == Z_DATA_ERROR && strstr(z.msg, "too far back")) {
		abort(); /* it would have copied what nobody wrote */
	}
	inflateEnd(&z);
}

/* liblz4 accepts a distance of 0, which the format does not have. */
static bool has_distance_0(struct span in)
{
	uint64_t at = 0, length;
	uint8_t token, more;
	uint16_t distance;

	while (span_u8(in, at++, &token)) {
		length = token >> 4;
		for (more = 255; length >= 15 && more == 255; length += more)
			if (!span_u8(in, at++, &more))
				return false;
		at += length;
		if (!span_le16(in, at, &distance))
			return false;
		if (!distance)
			return true;
		at += 2;
		for (more = 255; (token & 15) == 15 && more == 255;)
			if (!span_u8(in, at++, &more))
				return false;
	}
	return false;
}

static void check_lz4(struct span in, struct unpacked *out, const struct kept *kept)
{
	uint8_t *frame = malloc(in.size + 8);
	int size = LZ4_decompress_safe((const char *)in.data, (char *)other, (int)in.size, MAX);
	struct error e;
	ssize_t used;

	put_le32(frame, 0x184c2102);
	put_le32(frame + 4, (uint32_t)in.size);
	memcpy(frame + 8, in.data, in.size);
	used = unlz4(span_of(frame, in.size + 8), out, &e);
	if (size >= 0 && !has_distance_0(in)) {
		if (used < 0)
			abort();
		compare(kept, (size_t)size);
	}
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	uint8_t kind = take_byte(&in) % 3;
	struct kept kept = {.size = 0};
	struct unpacked out = {.take = unpacked_keep, .context = &kept, .max = MAX};
	struct error e;

	if (in.size && kind == 0)
		check_inflate(in, &out, &kept);
	else if (in.size && kind == 1)
		check_lz4(in, &out, &kept);
	else if (gunzip(in, &out, &e) > (ssize_t)in.size || kept.size > MAX)
		abort();
	gunzip_size(in);
	free(kept.data);
	return 0;
}
