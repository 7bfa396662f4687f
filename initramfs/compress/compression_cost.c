#include "compress/compression_cost.h"

#include "compress/frame_size.h"

enum { KIB = 1024, MIB = 1 << 20 };

/*
 * lib/decompress_*.c, as init/initramfs.c calls them: the input lies in memory, the output goes through flush(). What
 * each allocates: inflate 32 KiB for output, and zlib's workspace of 10 KiB of state and a 32 KiB window; lz4 one
 * buffer for a block of the legacy frame, 8 MiB for an image of any size (measured on 6.1: 6 MiB between 58M and 64M);
 * bunzip2 3.6 MiB for blocks of 900k; unlzma the dictionary.
 */
static const uint64_t buffers[COMPRESSIONS] = {
	[COMPRESSION_GZIP] = 74 * KIB, [COMPRESSION_LZ4] = 8 * MIB,   [COMPRESSION_XZ] = 8 * MIB,
	[COMPRESSION_ZSTD] = 8 * MIB,  [COMPRESSION_BZIP2] = 4 * MIB, [COMPRESSION_LZMA] = 8 * MIB,
};

uint64_t compression_cost_buffers(enum compression format)
{
	return buffers[format];
}

/*
 * The .xz file format 1.2.0, chapter 3.1: the first block's header, after 12 bytes of stream header. The last
 * filter is LZMA2 with one byte of properties (5.3.1): the dictionary.
 */
static bool xz_dictionary(struct span s, uint64_t *dictionary)
{
	enum { LZMA2 = 0x21 };
	uint64_t at = 14, id, size;
	uint8_t flags, bits;

	if (!span_u8(s, 13, &flags))
		return false;
	for (int sizes = (flags >> 6 & 1) + (flags >> 7); sizes > 0; sizes--)
		if (!xz_number(s, &at, &size))
			return false;
	for (int filter = 0; filter <= (flags & 3); filter++) {
		if (!xz_number(s, &at, &id) || !xz_number(s, &at, &size) || size > 64)
			return false;
		if (id == LZMA2 && size == 1 && span_u8(s, at, &bits) && bits < 40) {
			*dictionary = (uint64_t)(2 | (bits & 1)) << (bits / 2 + 11);
			return true;
		}
		at += size;
	}
	return false;
}

/* RFC 8878, 3.1.1.1: the frame's descriptor, then the window's size, or for a single segment the content's. */
static bool zstd_window(struct span s, uint64_t *window)
{
	static const uint8_t id_size[] = {0, 1, 2, 4}; /* of the dictionary's number, between the two */
	uint8_t descriptor, byte = 0;
	uint64_t at;
	size_t bytes;

	if (!span_u8(s, 4, &descriptor))
		return false;
	if (!(descriptor & 0x20)) {
		*window = 0;
		if (span_u8(s, 5, &byte))
			*window = (UINT64_C(1) << (10 + (byte >> 3))) / 8 * (8 + (byte & 7));
		return *window != 0;
	}
	at = 5 + id_size[descriptor & 3];
	bytes = (size_t)1 << (descriptor >> 6);
	if (!span_has(s, at, bytes))
		return false;
	*window = bytes == 2 ? 256 : 0;
	while (bytes--)
		*window += (uint64_t)s.data[at + bytes] << 8 * bytes;
	return true;
}

/* The file's own dictionary, and the decoders' state: lib/xz 28 KiB and a page each way; lib/zstd 160 KiB, a block of
 * 128 KiB in and two out. */
void compression_cost_read(struct compression_cost *cost, struct span image)
{
	enum compression format = compression_find(image);
	uint64_t bytes = 0;

	*cost = (struct compression_cost){.format = format, .buffers = buffers[format], .known = true};
	if (format == COMPRESSION_XZ) {
		cost->known = xz_dictionary(image, &bytes);
		cost->buffers = cost->known ? bytes + 64 * KIB : cost->buffers;
	} else if (format == COMPRESSION_ZSTD) {
		cost->known = zstd_window(image, &bytes) && bytes <= UINT64_C(128) * MIB;
		cost->buffers = cost->known ? bytes + 640 * KIB : cost->buffers;
	}
}
