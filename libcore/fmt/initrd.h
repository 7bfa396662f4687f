/*
 * An image as the kernel accepts it: newc archives one after another, plain or compressed with gzip or lz4's legacy
 * frame, with zero bytes between them; the last file of a name counts. Source: the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst.
 */
#ifndef FMT_INITRD_H
#define FMT_INITRD_H

#include "base/error.h"
#include "base/span.h"

enum { INITRD_PARTS = 16 };

/* An image after reading. Plain archives are borrowed: the image's bytes must outlive it. */
struct initrd {
	struct initrd_part {
		struct span archive;
		uint8_t *owned; /* the decompressed bytes, or NULL */
	} parts[INITRD_PARTS];
	size_t count;
	uint64_t unpacked; /* bytes of all archives */
};

/*
 * Decompresses an image (at most max bytes in all) and checks every archive in it. Returns 0, or -EINVAL for damage,
 * -ENOTSUP for another compression (the error names it), -E2BIG for more than INITRD_PARTS, -EFBIG, -ENOMEM. The caller
 * calls initrd_deinit, also after a failure.
 */
int initrd_init(struct initrd *initrd, struct span image, uint64_t max, struct error *e);
void initrd_deinit(struct initrd *initrd);

/* Finds a file by its name, without a leading slash ("etc/capture.sh"). Returns 1 with *data set, or 0. */
int initrd_find(const struct initrd *initrd, const char *name, struct span *data);

#endif
