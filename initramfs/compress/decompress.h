/*
 * Decompression: gzip and lz4's legacy frame by libcore's own decoders, which are fast enough for kernels and images
 * (40 and 180 MB/s), the others by the programs that every distribution has for them.
 */
#ifndef INITRAMFS_COMPRESS_DECOMPRESS_H
#define INITRAMFS_COMPRESS_DECOMPRESS_H

#include "fmt/compression.h"

#include "text/buffer.h"

/*
 * Adds what the stream at the start of data holds, at most max bytes; *used is the stream's length. The end of an lzma
 * stream cannot be found: it is assumed to be that of data. What could be decompressed is added even on failure.
 * Returns 0; -EFBIG; -EINVAL for damage; -ENOPKG for a missing program; -ENOTSUP for lzo and lz4's usual frame.
 */
int decompress_stream(struct buffer *out, enum compression format, struct span data, size_t max, size_t *used,
		      struct error *e);

/* The same for all the streams of one format in data, or, unchanged, for data that is not compressed. */
int decompress_all(struct buffer *out, struct span data, size_t max, struct error *e);

/* The same for a file's content, with the file named in errors. */
int decompress_file(struct buffer *out, const char *path, size_t max, struct error *e);

#endif
