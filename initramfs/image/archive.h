/*
 * The image's archive: the same content always gives the same bytes, whoever builds it, wherever and whenever.
 */
#ifndef INITRAMFS_IMAGE_ARCHIVE_H
#define INITRAMFS_IMAGE_ARCHIVE_H

#include "text/buffer.h"

struct archive_entry {
	char *name;
	uint32_t mode, major, minor;
	struct span data;
};

/* Starts as all zeros. */
struct archive {
	struct archive_entry *entry;
	size_t count;
};

/*
 * Adds a file, a directory or a device node, as the type in mode says. The name is copied; data is borrowed until
 * archive_write. Missing parent directories are added with mode 0755. Returns 0 or a negative errno: -EEXIST for a name
 * that already exists (a directory may be added again, and then keeps its first mode).
 */
int archive_add(struct archive *archive, const char *name, uint32_t mode, struct span data, struct error *e);
int archive_add_node(struct archive *archive, const char *name, uint32_t mode, uint32_t major, uint32_t minor,
		     struct error *e);

/*
 * Adds the newc archive to out: "init" first, then the rest sorted by name, so that parents precede their
 * children; owner 0, inode numbers from 1 on, every file with the given time. Returns 0 or a negative errno.
 */
int archive_write(struct archive *archive, uint32_t mtime, struct buffer *out, struct error *e);
void archive_deinit(struct archive *archive);

#endif
