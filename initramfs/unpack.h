/*
 * Files as they are, whatever they were compressed with.
 */
#ifndef INITRAMFS_UNPACK_H
#define INITRAMFS_UNPACK_H

#include "buffer.h"

/*
 * Adds a file's content, unpacked where its first bytes are those of gzip (by zlib), xz, zstd or lz4's legacy
 * frame (by the programs of that name), at most max bytes. Returns 0 or a negative errno, with the file named.
 */
int unpack_file(struct buffer *out, const char *path, size_t max, struct error *e);

#endif
