/*
 * The image, made from the script, the binary, the modules and further files.
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
	const struct extra_files *files; /* or NULL */
	struct span conf, info;          /* etc/crashbox.conf and etc/crashbox.info; empty: not in the image */
	bool secret;                     /* the script and the configuration hold a key: mode 0600 in the archive */
	uint32_t mtime;
	enum compression format;
};

/* Sizes in bytes. */
struct image_sizes {
	size_t compressed, uncompressed, modules, files;
};

/* Adds the archive to out, compressed; an uncompressed one begins at a multiple of 4. Returns 0 or a negative errno. */
int image_pack(struct buffer *out, const struct image_parts *parts, struct image_sizes *sizes, struct error *e);

#endif
