#include "fmt/initrd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/compression.h"
#include "fmt/cpio.h"
#include "fmt/gunzip.h"
#include "fmt/unlz4.h"

/* Decompresses the stream at the start of data. Returns its length there. */
static ssize_t decompress(enum compression compression, struct span data, struct unpacked *out, struct error *e)
{
	if (compression == COMPRESSION_GZIP)
		return gunzip(data, out, e);
	if (compression == COMPRESSION_LZ4)
		return unlz4(data, out, e);
	return error_set(e, ENOTSUP, "compressed with %s, which is not read here", compression_name(compression));
}

/* Walks the archives at the start of a span. Returns how many bytes they take up. */
static ssize_t check_archives(struct span archive, struct error *e)
{
	struct cpio_reader reader = {.archive = archive};
	struct cpio_entry entry;
	int status;

	while ((status = cpio_next(&reader, &entry, e)) > 0)
		;
	return status < 0 ? status : (ssize_t)reader.offset;
}

/* The part at the start of image. Returns how many bytes of image it takes up. */
static ssize_t read_part(struct initrd *initrd, struct span image, uint64_t max, struct error *e)
{
	enum compression compression = compression_find(image);
	struct initrd_part *part = &initrd->parts[initrd->count];
	struct kept kept = {.data = NULL};
	struct unpacked out = {.take = unpacked_keep, .context = &kept, .max = max - initrd->unpacked};
	ssize_t packed, plain;

	if (compression == COMPRESSION_NONE) {
		packed = check_archives(image, e);
		if (packed > 0)
			*part = (struct initrd_part){.archive = span_of(image.data, (size_t)packed)};
	} else {
		packed = decompress(compression, image, &out, e);
		*part = (struct initrd_part){.archive = span_of(kept.data, kept.size), .owned = kept.data};
		plain = packed < 0 ? packed : check_archives(part->archive, e);
		packed = plain < 0 ? plain : packed;
	}
	initrd->count++;
	initrd->unpacked += part->archive.size;
	if (packed >= 0 && initrd->unpacked > max)
		return error_set(e, EFBIG, "decompresses to more than %llu bytes", (unsigned long long)max);
	return packed;
}

int initrd_init(struct initrd *initrd, struct span image, uint64_t max, struct error *e)
{
	size_t at = 0;

	*initrd = (struct initrd){.count = 0};
	do {
		ssize_t size;

		if (initrd->count == INITRD_PARTS)
			return error_set(e, E2BIG, "more than %d archives, one after another", INITRD_PARTS);
		size = read_part(initrd, span_part(image, at, image.size - at), max, e);
		if (size < 0)
			return at ? error_context(e, "the archive at byte %zu", at) : (int)size;
		at += (size_t)size;
		while (at < image.size && image.data[at] == 0)
			at++;
	} while (at < image.size);
	return 0;
}

void initrd_deinit(struct initrd *initrd)
{
	for (size_t i = 0; i < initrd->count; i++)
		free(initrd->parts[i].owned);
	initrd->count = 0;
}

int initrd_find(const struct initrd *initrd, const char *name, struct span *data)
{
	int found = 0;

	for (size_t i = 0; i < initrd->count; i++) {
		struct cpio_reader reader = {.archive = initrd->parts[i].archive};
		struct cpio_entry entry;
		struct error ignored;

		while (cpio_next(&reader, &entry, &ignored) > 0) {
			const char *bare = entry.name + (strncmp(entry.name, "./", 2) == 0 ? 2 : 0);

			bare += *bare == '/';
			if (strcmp(bare, name) != 0)
				continue;
			*data = entry.data;
			found = 1;
		}
	}
	return found;
}
