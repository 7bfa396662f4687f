#include "image/image_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "fmt/cpio.h"
#include "sys/file.h"
#include "text/string_list.h"

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

static void add_entry(struct buffer *out, const struct cpio_entry *entry)
{
	add_mode(out, entry->mode);
	buffer_print(out, " %5u %5u ", entry->uid, entry->gid);
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
		buffer_print(out, "%4u, %4u ", entry->rdevmajor, entry->rdevminor);
	else
		buffer_print(out, "%10zu ", entry->data.size);
	buffer_add_clean(out, span_of(entry->name, strlen(entry->name)));
	if (S_ISLNK(entry->mode)) {
		buffer_print(out, " -> ");
		buffer_add_clean(out, entry->data);
	}
	buffer_print(out, "\n");
}

/* What is known of all archives so far. */
struct listing {
	struct buffer *out;
	struct image_listed *listed;
	struct string_list closed; /* directories that others may not enter */
};

static bool is_in_closed(const struct listing *l, const char *name)
{
	for (size_t i = 0; i < l->closed.count; i++) {
		size_t length = strlen(l->closed.item[i]);

		if (strncmp(name, l->closed.item[i], length) == 0 && name[length] == '/')
			return true;
	}
	return false;
}

/* Remembers what others may not read: a file with content, or all in a directory. */
static int note_secret(struct listing *l, const struct cpio_entry *entry, struct error *e)
{
	char *secret = l->listed->secret;

	if (S_ISDIR(entry->mode) && !(entry->mode & S_IXOTH))
		return string_list_add(&l->closed, span_of(entry->name, strlen(entry->name)), e);
	if (secret[0] == 0 && S_ISREG(entry->mode) && entry->data.size &&
	    (!(entry->mode & S_IROTH) || is_in_closed(l, entry->name)))
		snprintf(secret, sizeof(l->listed->secret), "%s", entry->name);
	return 0;
}

/* The entries of one archive, or of several with zeros between them; *used is where they end. */
static int list_entries(struct listing *l, struct buffer *out, struct span archive, size_t *used, struct error *e)
{
	struct cpio_reader reader = {.archive = archive};
	struct cpio_entry entry;
	int status;

	while ((status = cpio_next(&reader, &entry, e)) > 0) {
		add_entry(out, &entry);
		status = note_secret(l, &entry, e);
		if (status < 0)
			break;
	}
	*used = reader.offset < archive.size ? (size_t)reader.offset : archive.size;
	return status;
}

/* An archive as it is. */
static int list_plain(struct listing *l, struct span rest, size_t at, size_t *used, struct error *e)
{
	struct buffer entries CLEANUP(buffer_deinit) = {0};
	int status;

	if (at & 3)
		return error_set(e, EINVAL,
				 "byte %zu: an uncompressed archive must begin at a multiple of 4, or the kernel "
				 "ignores it",
				 at);
	status = list_entries(l, &entries, rest, used, e);
	l->listed->unpacked += *used;
	buffer_print(l->out, "--- byte %zu: not compressed, %zu bytes\n", at, *used);
	buffer_add(l->out, entries.data, entries.size);
	return status < 0 ? error_context(e, "the archive at byte %zu", at) : 0;
}

static int list_compressed(struct listing *l, enum compression format, struct span rest, size_t at, size_t *used,
			   struct error *e)
{
	struct buffer plain CLEANUP(buffer_deinit) = {0}, entries CLEANUP(buffer_deinit) = {0};
	int unpacking = decompress_stream(&plain, format, rest, IMAGE_MAX, used, e), listing;
	struct error of_entries;
	size_t end;

	listing = plain.size ? list_entries(l, &entries, buffer_span(&plain), &end, &of_entries) : 0;
	l->listed->unpacked += plain.size;
	buffer_print(l->out, "--- byte %zu: %s, %zu bytes, unpacked %zu\n", at, compression_name(format), *used,
		     plain.size);
	buffer_add(l->out, entries.data, entries.size);
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

static int list_archive(struct listing *l, struct span rest, size_t at, size_t *used, struct error *e)
{
	enum compression format = compression_find(rest);

	l->listed->last = format;
	if (format != COMPRESSION_NONE)
		return list_compressed(l, format, rest, at, used, e);
	if (rest.data[0] == '0')
		return list_plain(l, rest, at, used, e);
	return error_set(e, EINVAL, "byte %zu: neither an archive nor a known compression", at);
}

int image_list_span(struct buffer *out, struct span image, struct image_listed *listed, struct error *e)
{
	struct listing l = {.out = out, .listed = listed};
	size_t at = 0, archives = 0, used;
	int status = 0;

	*listed = (struct image_listed){.last = COMPRESSION_NONE};
	for (; at < image.size && status == 0; at += used) {
		used = 1;
		if (image.data[at] == 0)
			continue;
		status = list_archive(&l, span_of(image.data + at, image.size - at), at, &used, e);
		archives++;
	}
	string_list_deinit(&l.closed);
	if (status < 0)
		return status;
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

int image_list_prepend(struct buffer *out, const char *path, struct image_listed *listed, struct error *e)
{
	struct buffer listing CLEANUP(buffer_deinit) = {0};
	char *data CLEANUP(free_ptr) = NULL;
	static const char zeros[8];
	size_t size;

	if (file_read(path, IMAGE_MAX, &data, &size, e) < 0)
		return -e->code;
	if (image_list_span(&listing, span_of(data, size), listed, e) < 0) {
		error_context(e, "%s", path);
		return error_hint(e, "only an image that is readable to its end can precede another");
	}
	buffer_add(out, data, size);
	buffer_add(out, zeros, (-out->size & 3) + (listed->last == COMPRESSION_LZ4 ? 4 : 0));
	return buffer_check(out, e);
}
