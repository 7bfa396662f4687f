#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

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

int write_all_at(int fd, const void *data, size_t size, uint64_t offset)
{
	const char *p = data;

	while (size) {
		ssize_t n = pwrite(fd, p, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		size -= (size_t)n;
		offset += (size_t)n;
	}
	return 0;
}

int write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		size -= (size_t)n;
	}
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
