#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crc32.h"

enum { PIECE = 65536 };

int file_read(const char *path, size_t max, char **data, size_t *size, struct error *e)
{
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	char *buffer CLEANUP(free_ptr) = NULL;
	size_t used = 0, room = 0;

	if (fd < 0)
		return error_errno(e, "%s", path);
	for (;;) {
		ssize_t n;

		if (used == room) {
			room = room ? room * 2 : 4096;
			char *larger = realloc(buffer, room + 1);
			if (!larger)
				return error_set(e, ENOMEM, "%s: no memory for %zu bytes", path, room);
			buffer = larger;
		}
		n = read(fd, buffer + used, room - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, "%s", path);
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > max)
			return error_set(e, EFBIG, "%s: larger than %zu bytes", path, max);
	}
	buffer[used] = 0;
	*data = buffer;
	*size = used;
	buffer = NULL;
	return 0;
}

bool file_read_line(const char *path, char *text, size_t size)
{
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read_all_at(fd, text, size - 1, 0);

	text[n < 0 ? 0 : n] = 0;
	text[strcspn(text, "\n")] = 0;
	return n >= 0;
}

int file_crc(const char *path, uint32_t *crc, struct error *e)
{
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	char *piece CLEANUP(free_ptr) = malloc(PIECE);
	struct crc32 table;
	ssize_t n;

	*crc = 0;
	if (fd < 0)
		return error_errno(e, "%s", path);
	if (!piece)
		return error_set(e, ENOMEM, "%s: no memory to read it", path);
	crc32_init(&table);
	for (uint64_t at = 0; (n = read_all_at(fd, piece, PIECE, at)) > 0; at += (uint64_t)n)
		*crc = crc32_add(&table, *crc, piece, (size_t)n);
	return n < 0 ? error_set(e, (int)-n, "%s: %s", path, strerror((int)-n)) : 0;
}

int file_write_text(const char *path, const char *text, struct error *e)
{
	int fd CLEANUP(close_fd) = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return error_errno(e, "%s", path);
	n = write(fd, text, strlen(text));
	if (n < 0)
		return error_errno(e, "%s", path);
	if ((size_t)n != strlen(text))
		return error_set(e, EIO, "%s: only %zd of %zu bytes were written", path, n, strlen(text));
	return 0;
}

/* offset -1: at the file's position. */
static int write_pieces(int fd, const char *data, size_t size, off_t offset)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = offset < 0 ? write(fd, data + done, size - done)
				       : pwrite(fd, data + done, size - done, offset + (off_t)done);

		if (n == 0)
			return -EIO;
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

int write_all_at(int fd, const void *data, size_t size, uint64_t offset)
{
	return offset > INT64_MAX ? -EINVAL : write_pieces(fd, data, size, (off_t)offset);
}

int write_all(int fd, const void *data, size_t size)
{
	return write_pieces(fd, data, size, -1);
}

int file_sync_directory(const char *path, struct error *e)
{
	char *copy CLEANUP(free_ptr) = strdup(path);
	int fd CLEANUP(close_fd) = -1;
	char *slash;

	if (!copy)
		return error_set(e, ENOMEM, "no memory");
	slash = strrchr(copy, '/');
	if (slash)
		slash[slash == copy] = 0;
	fd = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return error_errno(e, "syncing the directory of %s", path);
	return 0;
}

ssize_t read_all_at(int fd, void *data, size_t size, uint64_t offset)
{
	char *p = data;
	size_t used = 0;

	while (used < size) {
		ssize_t n = pread(fd, p + used, size - used, (off_t)(offset + used));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}
