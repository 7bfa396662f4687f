/*
 * Compression of what goes into an image: gzip by zlib, lz4's legacy frame by liblz4.
 */
#ifndef INITRAMFS_COMPRESS_COMPRESS_H
#define INITRAMFS_COMPRESS_COMPRESS_H

#include "fmt/compression.h"

#include "text/buffer.h"

/*
 * Reads --format's value: "gzip", "none" or "lz4". Others cost the kernel more memory than they save in so small an
 * image. Returns 0, or -EINVAL with these names.
 */
int compress_format_read(enum compression *format, const char *name, struct error *e);

/*
 * Adds data in that format (COMPRESSION_NONE, _GZIP or _LZ4): one gzip member, level 9, without a time or a name; or
 * one lz4 frame. Returns 0, -EFBIG or -ENOMEM.
 */
int compress_data(struct buffer *out, enum compression format, struct span data, struct error *e);

#endif
