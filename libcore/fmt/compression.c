#include "fmt/compression.h"

#include <string.h>

static const struct {
	char name[6], magic[6];
	uint8_t length;
} formats[COMPRESSIONS] = {
	/* clang-format off */
	[COMPRESSION_NONE]      = {"none",  "", 0},
	[COMPRESSION_GZIP]      = {"gzip",  "\x1f\x8b", 2},
	[COMPRESSION_LZ4]       = {"lz4",   "\x02\x21\x4c\x18", 4},
	[COMPRESSION_LZ4_FRAME] = {"lz4",   "\x04\x22\x4d\x18", 4},
	[COMPRESSION_XZ]        = {"xz",    "\xfd\x37zXZ", 6},
	[COMPRESSION_ZSTD]      = {"zstd",  "\x28\xb5\x2f\xfd", 4},
	[COMPRESSION_BZIP2]     = {"bzip2", "BZh", 3},
	/* The properties byte of all usual files, and a dictionary size that is a multiple of 64 KiB. */
	[COMPRESSION_LZMA]      = {"lzma",  "\x5d\0\0", 3},
	[COMPRESSION_LZO]       = {"lzop",  "\x89LZO", 4},
	/* clang-format on */
};

enum compression compression_find(struct span data)
{
	for (unsigned i = COMPRESSION_NONE + 1; i < COMPRESSIONS; i++)
		if (data.size >= formats[i].length && memcmp(data.data, formats[i].magic, formats[i].length) == 0)
			return (enum compression)i;
	return COMPRESSION_NONE;
}

const char *compression_name(enum compression compression)
{
	return formats[compression].name;
}

struct span compression_magic(enum compression compression)
{
	return span_of(formats[compression].magic, formats[compression].length);
}
