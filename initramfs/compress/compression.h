/*
 * How an image is packed, and what that costs the kernel that unpacks it.
 */
#ifndef INITRAMFS_COMPRESS_COMPRESSION_H
#define INITRAMFS_COMPRESS_COMPRESSION_H

#include "text/buffer.h"

enum image_format {
	IMAGE_GZIP, /* the default: every kernel takes it, and its unpacking costs next to nothing */
	IMAGE_NONE,
	IMAGE_LZ4, /* the legacy frame, the only one that the kernel takes */
};

/* "gzip", "none" or "lz4". Returns 0, or -EINVAL with what there is. */
int image_format_find(const char *name, enum image_format *format, struct error *e);
const char *image_format_name(enum image_format format);

/* Adds data packed so. Returns 0 or a negative errno. */
int image_format_pack(struct buffer *out, enum image_format format, struct span data, struct error *e);

/*
 * Bytes that the kernel takes for buffers while it unpacks, beside the packed image and the files that come out.
 * Sources: the kernel's lib/decompress_inflate.c (a window of 32 KiB, zlib's state of 10 KiB, pieces of 32 KiB) and
 * lib/decompress_unlz4.c (a buffer for an unpacked block of 8 MiB, however small the image; a second one for the packed
 * block is taken only where the input comes piece by piece, which an initramfs does not).
 */
uint64_t image_format_memory(enum image_format format);

#endif
