/*
 * gzip by zlib: the image's own compression, and that of modules and kernels.
 */
#ifndef INITRAMFS_COMPRESS_GZIP_H
#define INITRAMFS_COMPRESS_GZIP_H

#include "text/buffer.h"

/* Adds data as one gzip member, level 9, without a time or a name. Returns 0 or a negative errno. */
int gzip_pack(struct buffer *out, struct span data, struct error *e);

/* Adds what a gzip file of one or more members holds, at most max bytes. Returns 0, -EFBIG, or -EINVAL for damage. */
int gzip_unpack(struct buffer *out, struct span data, size_t max, struct error *e);

/* The same of the one member at the start of data; *used is its length. What could be unpacked is added in any case. */
int gzip_unpack_member(struct buffer *out, struct span data, size_t max, size_t *used, struct error *e);

#endif
