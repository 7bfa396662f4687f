/*
 * What decompressing an image costs the kernel that boots it, besides the image itself.
 */
#ifndef INITRAMFS_COMPRESS_COMPRESSION_COST_H
#define INITRAMFS_COMPRESS_COMPRESSION_COST_H

#include "fmt/compression.h"

struct compression_cost {
	enum compression format;
	uint64_t buffers; /* bytes that the kernel allocates while it decompresses */
	bool known;       /* the image says how large its buffers must be; else they are those of usual settings */
};

/* The cost of an image, by its first bytes. */
void compression_cost_read(struct compression_cost *cost, struct span image);

/* The buffers of a format with its usual settings, which for gzip, lz4 and none are the only ones. Bytes. */
uint64_t compression_cost_buffers(enum compression format);

#endif
