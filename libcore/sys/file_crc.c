#include "sys/file_crc.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/crc32.h"

enum { PIECE = 65536 };

int file_crc(const char *path, uint32_t *crc, struct error *e)
{
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *piece CLEANUP(free_ptr) = malloc(PIECE);
	struct crc32 table;
	ssize_t n;

	*crc = 0;
	crc32_init(&table);
	if (fd < 0)
		return error_errno(e, "%s", path);
	if (!piece)
		return error_set(e, ENOMEM, "%s: no memory to read it", path);
	while ((n = read(fd, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, "%s", path);
		*crc = crc32_add(&table, *crc, piece, (size_t)n);
	}
	return 0;
}
