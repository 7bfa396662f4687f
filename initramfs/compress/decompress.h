/*
 * Bytes as they are, whatever they were compressed with: gzip by zlib and lz4's legacy frame by liblz4, the others by
 * the programs that the distribution has for them.
 */
#ifndef INITRAMFS_COMPRESS_DECOMPRESS_H
#define INITRAMFS_COMPRESS_DECOMPRESS_H

#include "text/buffer.h"

enum packed_with {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_LZ4, /* the legacy frame */
	PACKING_XZ,
	PACKING_ZSTD,
	PACKING_BZIP2,
	PACKING_LZMA,
};

/* By the first bytes; and its name, as the kernel and the programs have it. */
enum packed_with packing_find(struct span data);
const char *packing_name(enum packed_with packing);

/*
 * Adds what the stream at the start of data holds, at most max bytes; *used is the stream's length. An lzma stream does
 * not tell where it ends: it is taken to go to the end of data. What could be unpacked is added also where it fails.
 * Returns 0; -EFBIG; -EINVAL for damage; -ENOPKG where the program is missing.
 */
int unpack_stream(struct buffer *out, enum packed_with packing, struct span data, size_t max, size_t *used,
		  struct error *e);

/* Adds a file's content, unpacked where it is packed, at most max bytes. Returns 0 or a negative errno, with the file
 * named. */
int unpack_file(struct buffer *out, const char *path, size_t max, struct error *e);

#endif
