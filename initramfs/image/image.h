/*
 * The image: what the plan, the binary and the modules become.
 */
#ifndef INITRAMFS_IMAGE_IMAGE_H
#define INITRAMFS_IMAGE_IMAGE_H

#include "text/buffer.h"
#include "image/extra_files.h"
#include "compress/compress.h"
#include "module/module_files.h"

struct image_parts {
	struct span binary, script;
	const struct module_files *modules;
	const struct extra_files *files; /* further ones, or NULL */
	struct span conf, info;          /* etc/crashbox.conf and etc/crashbox.info; empty: not in the image */
	uint32_t mtime;
	enum compression format;
};

/* Sizes in bytes. */
struct image_sizes {
	size_t packed, unpacked, modules, files;
};

/* Adds the packed archive to out, at a multiple of 4 where it is not packed. Returns 0 or a negative errno. */
int image_pack(struct buffer *out, const struct image_parts *parts, struct image_sizes *sizes, struct error *e);

#endif
