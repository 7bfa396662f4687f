/*
 * The image: what the plan, the binary and the modules become.
 */
#ifndef INITRAMFS_IMAGE_H
#define INITRAMFS_IMAGE_H

#include "buffer.h"
#include "files.h"
#include "format.h"
#include "modules.h"
#include "names.h"

struct image_parts {
	struct span binary, script;
	const struct names *modules; /* file names below lib/modules */
	const struct buffer *module; /* their contents, one for each name */
	const struct files *files;   /* further ones, or NULL */
	struct span conf, info;      /* etc/crashbox.conf and etc/crashbox.info; empty: not in the image */
	uint32_t mtime;
	enum image_format format;
};

/* Sizes in bytes. */
struct image_sizes {
	size_t packed, unpacked, modules, files;
};

/*
 * Reads and unpacks the modules of an order. *data is an array of as many buffers as *names has names: the caller's to
 * free, with image_free_modules, also after a failure. release: the kernel they must be made for, or "". Returns 0 or a
 * negative errno.
 */
int image_read_modules(const struct modules *modules, const char *dir, const char *release, struct names *names,
		       struct buffer **data, struct error *e);
void image_free_modules(struct names *names, struct buffer *data);

/* Adds the packed archive to out, at a multiple of 4 where it is not packed. Returns 0 or a negative errno. */
int image_pack(struct buffer *out, const struct image_parts *parts, struct image_sizes *sizes, struct error *e);

#endif
