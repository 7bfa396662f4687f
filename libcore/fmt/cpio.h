/*
 * The newc archive that the kernel unpacks as its initramfs. Source: the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst. Pure: the writer hands bytes to the caller's function,
 * the reader walks a span. Archives may follow one another with zero bytes between them.
 */
#ifndef FMT_CPIO_H
#define FMT_CPIO_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

enum {
	CPIO_HEADER = 110,    /* bytes before the name: the magic and 13 fields of 8 hexadecimal digits */
	CPIO_NAME_MAX = 4096, /* bytes of a name with its final NUL: the kernel's limit (PATH_MAX) */
};

/* One entry. Everything is borrowed: from the writer's caller, or from the reader's span. */
struct cpio_entry {
	const char *name;                           /* NUL-terminated, relative to the root: "etc/capture.sh" */
	uint32_t ino, mode, uid, gid, nlink, mtime; /* mode with the file type, as in st_mode; mtime in seconds */
	uint32_t rdevmajor, rdevminor;              /* of a device node */
	struct span data;                           /* a file's content or a symlink's target; empty otherwise */
};

/* Where the archive goes. put stores all size bytes or returns a negative errno; the writer maintains offset. */
struct cpio_writer {
	int (*put)(void *context, const void *data, size_t size);
	void *context;
	uint64_t offset; /* bytes put so far; starts as 0 */
};

/*
 * Puts one entry: header, name, data, each padded with zeros to 4 bytes. Parents must come before their children.
 * Returns 0; -EINVAL for an empty or overlong name, -EFBIG for data of 4 GiB or more, or what put returned.
 */
int cpio_put(struct cpio_writer *writer, const struct cpio_entry *entry, struct error *e);

/* Puts the entry that ends an archive. Returns 0 or what put returned. */
int cpio_put_end(struct cpio_writer *writer, struct error *e);

/* Where the reader is; the caller sets the archive and leaves the offset zero. */
struct cpio_reader {
	struct span archive;
	uint64_t offset; /* of the next header; after the last one, of the first byte that belongs to no newc archive */
};

/*
 * The next entry, across concatenated archives; skips their end entries. Returns 1 with *entry set, 0 after the last
 * archive (offset then shows whether other bytes follow), or -EINVAL for damage, with its offset in the error. A
 * missing end entry is damage.
 */
int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry, struct error *e);

#endif
