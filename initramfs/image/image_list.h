/*
 * What is in an image, also in one of another tool: archives one behind another, each packed in its own way.
 */
#ifndef INITRAMFS_IMAGE_IMAGE_LIST_H
#define INITRAMFS_IMAGE_IMAGE_LIST_H

#include "text/buffer.h"
#include "compress/decompress.h"

/*
 * Lists a file: for each archive a line "--- byte 0: zstd, 1000 bytes, unpacked 2000" and then a line for each entry as
 * "ls -l" has it: mode, owner, group, size or device numbers, name, "-> target". It reads as the kernel does
 * (Documentation/driver-api/early-userspace/buffer-format.rst): zeros between archives are passed over, one that is not
 * packed begins at a multiple of 4. Returns 0; at damage a negative errno, with the byte in the error, once everything
 * before it has been listed.
 */
int image_list(struct buffer *out, const char *path, struct error *e);

/* What a listing has seen besides its entries. */
struct image_listed {
	enum compression last; /* of the last archive */
	uint64_t unpacked;     /* bytes of all archives */
};

/* The same for bytes in memory. */
int image_list_span(struct buffer *out, struct span image, struct image_listed *listed, struct error *e);

/*
 * Adds a whole image, to stand in front of others: it is read first as image_list does, and an error where that is.
 * Zeros are added up to a multiple of 4; behind an lz4 frame four at least, for they end it. The bytes that it
 * unpacks to are added to *unpacked.
 */
int image_list_prepend(struct buffer *out, const char *path, uint64_t *unpacked, struct error *e);

#endif
