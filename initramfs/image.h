/*
 * The image: what the plan, the binary and the modules become.
 */
#ifndef INITRAMFS_IMAGE_H
#define INITRAMFS_IMAGE_H

#include "buffer.h"
#include "modules.h"
#include "names.h"

struct image_parts {
	struct span binary, script;
	const struct names *modules; /* file names below lib/modules */
	const struct buffer *module; /* their contents, one for each name */
	uint32_t mtime;
};

/* Sizes in bytes. */
struct image_sizes {
	size_t packed, unpacked, modules;
};

/*
 * Reads and unpacks the modules of an order; large ones are packed again, with gzip and ".gz" behind their names. *data
 * is an array of as many buffers as *names has names: the caller's to free, with image_free_modules, also after a
 * failure. release: the kernel they must be made for, or "". Returns 0 or a negative errno.
 */
int image_read_modules(const struct modules *modules, const char *dir, const char *release, struct names *names,
		       struct buffer **data, struct error *e);
void image_free_modules(struct names *names, struct buffer *data);

/* Adds the gzip-packed archive to out. Returns 0 or a negative errno. */
int image_pack(struct buffer *out, const struct image_parts *parts, struct image_sizes *sizes, struct error *e);

#endif
