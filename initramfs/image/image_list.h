/*
 * Lists the contents of an image, also of another tool's: archives one after another, each with its own compression.
 */
#ifndef INITRAMFS_IMAGE_IMAGE_LIST_H
#define INITRAMFS_IMAGE_IMAGE_LIST_H

#include "text/buffer.h"
#include "compress/decompress.h"

/*
 * Lists a file: for each archive a line "--- byte 0: zstd, 1000 bytes, unpacked 2000", then a line for each entry as
 * in "ls -l": mode, owner, group, size or device numbers, name, "-> target". It reads as the kernel does
 * (Documentation/driver-api/early-userspace/buffer-format.rst): zeros between archives are skipped; an uncompressed
 * one begins at a multiple of 4. Returns 0; for damage a negative errno, with the byte in the error, after listing
 * everything before it.
 */
int image_list(struct buffer *out, const char *path, struct error *e);

/* What a listing found besides its entries. */
struct image_listed {
	enum compression last; /* of the last archive */
	uint64_t unpacked;     /* bytes of all archives */
	/* The first file with content that its mode, or that of a directory above it, keeps from others; "": none. */
	char secret[256];
};

/* The same for bytes in memory. */
int image_list_span(struct buffer *out, struct span image, struct image_listed *listed, struct error *e);

/*
 * Adds a whole image, to precede others, after reading it as image_list does, with the same errors. Pads with zeros to
 * a multiple of 4; after an lz4 frame with at least four, which end it.
 */
int image_list_prepend(struct buffer *out, const char *path, struct image_listed *listed, struct error *e);

#endif
