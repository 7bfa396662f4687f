/*
 * The only lz4 that the kernel takes for an initramfs, and for its own payload: the legacy frame. Source: lz4's
 * doc/lz4_Frame_format.md, "Legacy frame"; how a frame ends in front of others: the kernel takes a size of 0 for that.
 */
#ifndef INITRAMFS_COMPRESS_LZ4_LEGACY_H
#define INITRAMFS_COMPRESS_LZ4_LEGACY_H

#include "text/buffer.h"

enum { LZ4_LEGACY_BLOCK = 8 * 1024 * 1024 }; /* what a block but the last unpacks to */

/* Adds data as one frame. Returns 0 or a negative errno. */
int lz4_legacy_pack(struct buffer *out, struct span data, struct error *e);

/*
 * Adds what the frame at the start of data holds, at most max bytes, and sets *used to the frame's length. It ends with
 * the data, or in front of a zero word, or of less than four bytes. Returns 0, -EFBIG, or -EINVAL for damage; what
 * could be unpacked until then is added.
 */
int lz4_legacy_unpack(struct buffer *out, struct span data, size_t max, size_t *used, struct error *e);

#endif
