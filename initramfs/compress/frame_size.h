/*
 * Finds the end of a compressed stream without decompressing it, so that a program gets its stream and nothing else.
 */
#ifndef INITRAMFS_COMPRESS_FRAME_SIZE_H
#define INITRAMFS_COMPRESS_FRAME_SIZE_H

#include <stdbool.h>

#include "base/span.h"

/*
 * The length of the stream at the start of data. False if its parts are outside the data or invalid.
 * zstd: one frame, RFC 8878. xz: one stream whose blocks are LZMA2's, The .xz File Format 1.2.1. bzip2: by its end
 * mark, a number of 48 bits.
 */
bool zstd_frame_size(struct span data, size_t *length);
bool xz_frame_size(struct span data, size_t *length);
bool bzip2_frame_size(struct span data, size_t *length);

/* Reads a number of an .xz file, seven bits a byte, the lowest first, at most nine bytes; *at moves past it. */
bool xz_number(struct span data, uint64_t *at, uint64_t *number);

#endif
