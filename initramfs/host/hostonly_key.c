#include "host/hostonly_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"

enum {
	BLOCK = 4096, /* bytes: the largest sector size */
	BLOCKS = 8,   /* to compare, spread over the device */
};

/* Bypasses the page cache, which may be newer than the disk. */
static int open_direct(const char *path, struct error *e)
{
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	return fd < 0 ? error_errno(e, "%s", path) : fd;
}

/* The running system may write in between, so one equal block is enough: with a wrong key, none is equal. */
static int compare(int one, uint64_t from, int other, uint64_t size, struct error *e)
{
	char *blocks CLEANUP(free_ptr) = aligned_alloc(BLOCK, 2 * BLOCK);

	if (!blocks)
		return error_set(e, ENOMEM, "out of memory");
	for (uint64_t i = 0; i < BLOCKS; i++) {
		uint64_t at = size / BLOCKS * i / BLOCK * BLOCK;

		if (read_all_at(one, blocks, BLOCK, from + at) != BLOCK ||
		    read_all_at(other, blocks + BLOCK, BLOCK, at) != BLOCK)
			return error_set(e, EIO, "the block at byte %llu cannot be read", (unsigned long long)at);
		if (memcmp(blocks, blocks + BLOCK, BLOCK) == 0)
			return 1;
	}
	return 0;
}

static int try(const char *name, const struct dm_target *line, unsigned device, struct error *e)
{
	char path[512], other[32];
	int fd CLEANUP(close_fd) = -1, other_fd CLEANUP(close_fd) = -1;

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	snprintf(other, sizeof(other), "/dev/dm-%u", device);
	fd = open_direct(path, e);
	if (fd < 0)
		return fd;
	other_fd = open_direct(other, e);
	if (other_fd < 0)
		return other_fd;
	return compare(fd, line->start * 512, other_fd, line->length * 512, e);
}

int hostonly_key_fits(const char *name, const struct dm_target *line, struct error *e)
{
	struct dm_target alone = *line;
	char other[64];
	struct error ignored;
	unsigned device;
	int status;

	alone.start = 0;
	snprintf(other, sizeof(other), "crashbox-key-%ld", (long)getpid());
	status = dm_create(other, &alone, 1, true, &device, e);
	if (status < 0)
		return status;
	status = try(name, line, device, e);
	dm_remove(other, &ignored);
	return status;
}
