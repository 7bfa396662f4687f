#include "compress/compression_cost.h"

#include <string.h>

enum { KIB = 1024, MIB = 1 << 20 };

/*
 * lib/decompress_*.c, as init/initramfs.c calls them: the input lies in memory, the output goes through flush(). What
 * each allocates: inflate its 32 KiB window and 10 KiB of state; lz4 one buffer for a chunk of the legacy frame, which
 * is 8 MiB whatever the image's size (measured on 6.1: 6 MiB between 58M and 64M); bunzip2 for
 * blocks of 900k 3.6 MiB; unlzma the dictionary; lzo a block of 256 KiB each way.
 */
static const struct {
	const char *name;
	const char *magic;
	uint8_t length;
	uint64_t buffers;
} formats[] = {
	{"none", "070701", 6, 0},
	{"none", "070702", 6, 0},
	{"gzip", "\x1f\x8b", 2, 44 * KIB},
	{"lz4", "\x02\x21\x4c\x18", 4, 8 * MIB},
	{"xz",
	 "\xfd"
	 "7zXZ",
	 5, 8 * MIB},
	{"zstd", "\x28\xb5\x2f\xfd", 4, 8 * MIB},
	{"bzip2", "BZh", 3, 4 * MIB},
	{"lzma", "\x5d\0\0", 3, 8 * MIB},
	{"lzo", "\x89LZO", 4, 768 * KIB},
};

uint64_t packing_buffers(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].buffers;
	return 0;
}

/* A number of the .xz format: seven bits a byte, the lowest first. False where it does not end. */
static bool xz_number(struct span s, uint64_t *at, uint64_t *value)
{
	uint8_t byte;

	*value = 0;
	for (int shift = 0; shift < 63 && span_u8(s, (*at)++, &byte); shift += 7) {
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/*
 * The .xz file format 1.2.0, chapter 3.1: the first block's header, behind 12 bytes of stream header. The last filter
 * is LZMA2 with one byte of properties (5.3.1): the dictionary.
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
	static const uint8_t id_size[] = {0, 1, 2, 4}; /* of the dictionary's number, which stands in between */
	uint8_t descriptor, byte = 0;
	uint16_t two = 0;
	uint32_t four = 0;
	uint64_t at;
	bool found;

	if (!span_u8(s, 4, &descriptor))
		return false;
	if (!(descriptor & 0x20)) {
		*window = 0;
		if (span_u8(s, 5, &byte))
			*window = (UINT64_C(1) << (10 + (byte >> 3))) / 8 * (8 + (byte & 7));
		return *window != 0;
	}
	at = 5 + id_size[descriptor & 3];
	switch (descriptor >> 6) {
	case 0:
		found = span_u8(s, at, &byte);
		*window = byte;
		return found;
	case 1:
		found = span_le16(s, at, &two);
		*window = (uint64_t)two + 256;
		return found;
	case 2:
		found = span_le32(s, at, &four);
		*window = four;
		return found;
	default:
		return span_le64(s, at, window);
	}
}

/* The dictionary that the file asks for, and the decoders' own state: lib/xz 28 KiB and a page each way; lib/zstd 160
 * KiB, a block of 128 KiB in and two out. */
static void read_dictionary(struct packing *packing, struct span image)
{
	uint64_t bytes = 0;

	if (strcmp(packing->name, "xz") == 0 && xz_dictionary(image, &bytes)) {
		packing->buffers = bytes + 64 * KIB;
		packing->known = true;
	} else if (strcmp(packing->name, "zstd") == 0 && zstd_window(image, &bytes) && bytes <= UINT64_C(128) * MIB) {
		packing->buffers = bytes + 640 * KIB;
		packing->known = true;
	}
}

void packing_read(struct packing *packing, struct span image)
{
	*packing = (struct packing){.name = "unknown"};
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (image.size < formats[i].length || memcmp(image.data, formats[i].magic, formats[i].length) != 0)
			continue;
		packing->name = formats[i].name;
		packing->buffers = formats[i].buffers;
		packing->known = strcmp(packing->name, "xz") != 0 && strcmp(packing->name, "zstd") != 0;
		read_dictionary(packing, image);
		return;
	}
}
