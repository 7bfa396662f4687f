#include "fmt/cpio.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char end_name[] = "TRAILER!!!";

/* The fields after the magic, in order. */
enum { INO, MODE, UID, GID, NLINK, MTIME, FILESIZE, DEVMAJOR, DEVMINOR, RDEVMAJOR, RDEVMINOR, NAMESIZE, CHECK, FIELDS };

static int put(struct cpio_writer *writer, const void *data, size_t size, struct error *e)
{
	int status = size ? writer->put(writer->context, data, size) : 0;

	if (status < 0)
		return error_set(e, -status, "writing the archive at byte %" PRIu64 ": %s", writer->offset,
				 strerror(-status));
	writer->offset += size;
	return 0;
}

static int pad(struct cpio_writer *writer, struct error *e)
{
	static const char zeros[4];

	return put(writer, zeros, (size_t)(-writer->offset & 3), e);
}

int cpio_put(struct cpio_writer *writer, const struct cpio_entry *entry, struct error *e)
{
	size_t name_size = strlen(entry->name) + 1;
	char header[CPIO_HEADER + 1];
	int status;

	if (name_size == 1 || name_size > CPIO_NAME_MAX)
		return error_set(e, EINVAL, "a name of %zu bytes cannot be archived: \"%.64s\"", name_size - 1,
				 entry->name);
	if (entry->data.size > UINT32_MAX)
		return error_set(e, EFBIG, "%s: %zu bytes do not fit into a newc archive, whose files end at 4 GiB",
				 entry->name, entry->data.size);
	snprintf(header, sizeof(header), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 (unsigned)entry->ino, (unsigned)entry->mode, (unsigned)entry->uid, (unsigned)entry->gid,
		 (unsigned)entry->nlink, (unsigned)entry->mtime, (unsigned)entry->data.size, 0u, 0u,
		 (unsigned)entry->rdevmajor, (unsigned)entry->rdevminor, (unsigned)name_size, 0u);
	status = put(writer, header, CPIO_HEADER, e);
	if (status == 0)
		status = put(writer, entry->name, name_size, e);
	if (status == 0)
		status = pad(writer, e);
	if (status == 0)
		status = put(writer, entry->data.data, entry->data.size, e);
	return status < 0 ? status : pad(writer, e);
}

int cpio_put_end(struct cpio_writer *writer, struct error *e)
{
	return cpio_put(writer, &(struct cpio_entry){.name = end_name, .nlink = 1}, e);
}

/* Exactly 8 hexadecimal digits, of either case. */
static bool field(const uint8_t *digits, uint32_t *value)
{
	uint32_t v = 0;

	for (int i = 0; i < 8; i++) {
		uint8_t c = digits[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | (uint32_t)((c | 32) - 'a' + 10);
		else
			return false;
	}
	*value = v;
	return true;
}

/* Reads the entry at the reader's offset. */
static int read_entry(struct cpio_reader *reader, struct cpio_entry *entry, struct error *e)
{
	struct span header = span_part(reader->archive, reader->offset, CPIO_HEADER);
	uint64_t name_at = reader->offset + CPIO_HEADER, data_at;
	uint32_t f[FIELDS];
	struct span name;

	if (header.size == 0)
		return error_set(e, EINVAL, "the archive ends inside a header, at byte %" PRIu64, reader->offset);
	for (int i = 0; i < FIELDS; i++)
		if (!field(header.data + 6 + 8 * i, &f[i]))
			return error_set(e, EINVAL, "field %d of the header at byte %" PRIu64 " is not a number", i + 1,
					 reader->offset);
	name = span_part(reader->archive, name_at, f[NAMESIZE]);
	if (f[NAMESIZE] < 2 || f[NAMESIZE] > CPIO_NAME_MAX || name.size == 0 ||
	    memchr(name.data, 0, name.size) != name.data + name.size - 1)
		return error_set(e, EINVAL, "the header at byte %" PRIu64 " has a bad name", reader->offset);
	data_at = (name_at + f[NAMESIZE] + 3) & ~(uint64_t)3;
	if (!span_has(reader->archive, data_at, f[FILESIZE]))
		return error_set(e, EINVAL, "%s: its %" PRIu32 " bytes go past the archive's end",
				 (const char *)name.data, f[FILESIZE]);
	*entry = (struct cpio_entry){.name = (const char *)name.data,
				     .ino = f[INO],
				     .mode = f[MODE],
				     .uid = f[UID],
				     .gid = f[GID],
				     .nlink = f[NLINK],
				     .mtime = f[MTIME],
				     .rdevmajor = f[RDEVMAJOR],
				     .rdevminor = f[RDEVMINOR],
				     .data = span_part(reader->archive, data_at, f[FILESIZE])};
	/* The last entry's padding may be missing: the reader then ends there. */
	reader->offset = (data_at + f[FILESIZE] + 3) & ~(uint64_t)3;
	return 1;
}

/* Whether another archive follows after zero bytes; leaves the offset at the first byte that is not zero. */
static bool find_archive(struct cpio_reader *reader)
{
	struct span a = reader->archive;

	while (reader->offset < a.size && a.data[reader->offset] == 0)
		reader->offset++;
	if (reader->offset > a.size)
		reader->offset = a.size;
	return span_has(a, reader->offset, 6) && memcmp(a.data + reader->offset, "070701", 6) == 0 &&
	       (reader->offset & 3) == 0;
}

int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry, struct error *e)
{
	bool first = reader->offset == 0;

	for (;;) {
		struct span magic = span_part(reader->archive, reader->offset, 6);
		int status;

		if (magic.size == 0 || memcmp(magic.data, "070701", 6) != 0) {
			if (first && magic.size == 0)
				return error_set(e, EINVAL, "not a newc archive: only %zu bytes", reader->archive.size);
			return error_set(e, EINVAL, "no newc header at byte %" PRIu64, reader->offset);
		}
		status = read_entry(reader, entry, e);
		if (status < 0 || strcmp(entry->name, end_name) != 0)
			return status;
		if (!find_archive(reader))
			return 0;
		first = false;
	}
}
