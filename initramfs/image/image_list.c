#include "image/image_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "fmt/cpio.h"
#include "sys/file.h"

enum { IMAGE_MAX = 1024 * 1024 * 1024 };

static char type_letter(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return '-';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	default:
		return '?';
	}
}

static void add_mode(struct buffer *out, uint32_t mode)
{
	char text[11] = "?rwxrwxrwx";

	text[0] = type_letter(mode);
	for (int i = 0; i < 9; i++)
		if (!(mode >> (8 - i) & 1))
			text[i + 1] = '-';
	if (mode & S_ISUID)
		text[3] = mode & 0100 ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & 0010 ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & 0001 ? 't' : 'T';
	buffer_print(out, "%s", text);
}

/* A name from an untrusted file: without bytes that a terminal would act on. */
static void add_name(struct buffer *out, const void *name, size_t size)
{
	const uint8_t *p = name;

	for (size_t i = 0; i < size; i++)
		buffer_print(out, "%c", p[i] < ' ' || p[i] == 127 ? '?' : p[i]);
}

static void add_entry(struct buffer *out, const struct cpio_entry *entry)
{
	add_mode(out, entry->mode);
	buffer_print(out, " %5u %5u ", entry->uid, entry->gid);
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
		buffer_print(out, "%4u, %4u ", entry->rdevmajor, entry->rdevminor);
	else
		buffer_print(out, "%10zu ", entry->data.size);
	add_name(out, entry->name, strlen(entry->name));
	if (S_ISLNK(entry->mode)) {
		buffer_print(out, " -> ");
		add_name(out, entry->data.data, entry->data.size);
	}
	buffer_print(out, "\n");
}

/* The entries of one archive, or of several with zeros between them; *used is where they end. */
static int list_entries(struct buffer *out, struct span archive, size_t *used, struct error *e)
{
	struct cpio_reader reader = {.archive = archive};
	struct cpio_entry entry;
	int status;

	while ((status = cpio_next(&reader, &entry, e)) > 0)
		add_entry(out, &entry);
	*used = reader.offset < archive.size ? (size_t)reader.offset : archive.size;
	return status;
}

/* An archive as it is. */
static int list_plain(struct buffer *out, struct span rest, size_t at, size_t *used, struct error *e)
{
	struct buffer entries CLEANUP(buffer_deinit) = {0};
	int status;

	if (at & 3)
		return error_set(e, EINVAL,
				 "byte %zu: an uncompressed archive must begin at a multiple of 4, or the kernel "
				 "ignores it",
				 at);
	status = list_entries(&entries, rest, used, e);
	buffer_print(out, "--- byte %zu: not compressed, %zu bytes\n", at, *used);
	buffer_add(out, entries.data, entries.size);
	return status < 0 ? error_context(e, "the archive at byte %zu", at) : 0;
}

static int list_compressed(struct buffer *out, enum compression format, struct span rest, size_t at, size_t *used,
			   uint64_t *unpacked, struct error *e)
{
	struct buffer plain CLEANUP(buffer_deinit) = {0}, entries CLEANUP(buffer_deinit) = {0};
	int unpacking = decompress_stream(&plain, format, rest, IMAGE_MAX, used, e), listing;
	struct error of_entries;
	size_t end;

	listing = plain.size ? list_entries(&entries, buffer_span(&plain), &end, &of_entries) : 0;
	*unpacked += plain.size;
	buffer_print(out, "--- byte %zu: %s, %zu bytes, unpacked %zu\n", at, compression_name(format), *used,
		     plain.size);
	buffer_add(out, entries.data, entries.size);
	/* The cause comes first. */
	if (unpacking < 0)
		return error_context(e, "the archive at byte %zu", at);
	if (listing < 0) {
		*e = of_entries;
		return error_context(e, "the archive at byte %zu, decompressed", at);
	}
	if (plain.size && end < plain.size)
		return error_set(e, EINVAL, "the archive at byte %zu, decompressed: no newc header at byte %zu", at,
				 end);
	return 0;
}

int image_list_span(struct buffer *out, struct span image, struct image_listed *listed, struct error *e)
{
	size_t at = 0, archives = 0, used;

	*listed = (struct image_listed){.last = COMPRESSION_NONE};
	for (; at < image.size; at += used) {
		struct span rest = span_of(image.data + at, image.size - at);
		enum compression format = compression_find(rest);
		int status;

		used = 1;
		if (rest.data[0] == 0)
			continue;
		if (format != COMPRESSION_NONE)
			status = list_compressed(out, format, rest, at, &used, &listed->unpacked, e);
		else if (rest.data[0] == '0')
			status = list_plain(out, rest, at, &used, e), listed->unpacked += used;
		else
			status = error_set(e, EINVAL, "byte %zu: neither an archive nor a known compression", at);
		if (status < 0)
			return status;
		listed->last = format;
		archives++;
	}
	if (archives == 0)
		return error_set(e, EINVAL, "no archive: it is empty or only zeros");
	return buffer_check(out, e);
}

int image_list(struct buffer *out, const char *path, struct error *e)
{
	char *data CLEANUP(free_ptr) = NULL;
	struct image_listed listed;
	size_t size;

	if (file_read(path, IMAGE_MAX, &data, &size, e) < 0)
		return -e->code;
	return image_list_span(out, span_of(data, size), &listed, e) < 0 ? error_context(e, "%s", path) : 0;
}

int image_list_prepend(struct buffer *out, const char *path, uint64_t *unpacked, struct error *e)
{
	struct buffer listing CLEANUP(buffer_deinit) = {0};
	char *data CLEANUP(free_ptr) = NULL;
	static const char zeros[8];
	struct image_listed listed;
	size_t size;

	if (file_read(path, IMAGE_MAX, &data, &size, e) < 0)
		return -e->code;
	if (image_list_span(&listing, span_of(data, size), &listed, e) < 0) {
		error_context(e, "%s", path);
		return error_hint(e, "only an image that is readable to its end can precede another");
	}
	*unpacked += listed.unpacked;
	buffer_add(out, data, size);
	buffer_add(out, zeros, (-out->size & 3) + (listed.last == COMPRESSION_LZ4 ? 4 : 0));
	return buffer_check(out, e);
}
