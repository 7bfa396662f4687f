/*
 * The compression formats of images, kernels and modules, by their first bytes. Pure.
 * Sources: RFC 1952 (gzip); lz4_Frame_format.md; The .xz File Format 1.2.1; RFC 8878 (zstd); the programs bzip2, xz
 * (lzma_alone) and lzop.
 */
#ifndef FMT_COMPRESSION_H
#define FMT_COMPRESSION_H

#include "base/span.h"

enum compression {
	COMPRESSION_NONE, /* or an unknown one */
	COMPRESSION_GZIP,
	COMPRESSION_LZ4,       /* the legacy frame ("lz4 -l"), the only one that the kernel accepts */
	COMPRESSION_LZ4_FRAME, /* what "lz4" writes by default */
	COMPRESSION_XZ,
	COMPRESSION_ZSTD,
	COMPRESSION_BZIP2,
	COMPRESSION_LZMA,
	COMPRESSION_LZO,
	COMPRESSIONS,
};

/* The format that data starts with. */
enum compression compression_find(struct span data);

/* The name of the format and of the program that decompresses it ("xz"); or "none". */
const char *compression_name(enum compression compression);

/* The bytes that a stream of the format starts with. */
struct span compression_magic(enum compression compression);

#endif
