/*
 * Where a compressed stream ends that other bytes may follow: without unpacking it, so that the program that does gets
 * its stream and nothing else.
 */
#ifndef INITRAMFS_COMPRESS_FRAME_SIZE_H
#define INITRAMFS_COMPRESS_FRAME_SIZE_H

#include <stdbool.h>

#include "base/span.h"

/*
 * The length of the stream at the start of data. False where its parts do not lie inside the data, or make no sense.
 * zstd: one frame, RFC 8878. xz: one stream whose blocks are LZMA2's, The .xz File Format 1.2.1. bzip2: by its end
 * mark, a number of 48 bits.
 */
bool zstd_frame_size(struct span data, size_t *length);
bool xz_frame_size(struct span data, size_t *length);
bool bzip2_frame_size(struct span data, size_t *length);

#endif
