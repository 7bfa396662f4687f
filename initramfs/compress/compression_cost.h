/*
 * What unpacking an image costs the kernel that boots it, beside the image itself.
 */
#ifndef INITRAMFS_COMPRESS_COMPRESSION_COST_H
#define INITRAMFS_COMPRESS_COMPRESSION_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct packing {
	const char *name; /* static: "none", "gzip", "lz4", "xz", "zstd", "bzip2", "lzma", "lzo" or "unknown" */
	uint64_t buffers; /* bytes that the kernel takes while it unpacks */
	bool known; /* the bytes say what buffers they need; else buffers is that of the format's usual settings */
};

/* Tells by the first bytes of an image, or of what lies behind an archive in front. */
void packing_read(struct packing *packing, struct span image);

/* The same for images that are packed the way mkcaptureinitrd does it: "gzip", "none" or "lz4". */
uint64_t packing_buffers(const char *name);

#endif
