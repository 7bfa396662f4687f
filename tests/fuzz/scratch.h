/* A directory in memory, for fuzz targets whose code reads or makes files below one. */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"

static char scratch[64];

/* Removes all that a directory holds. */
static inline void clear_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[PATH_MAX];

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			abort();
		if (unlink(name) != 0) {
			clear_directory(name);
			rmdir(name);
		}
	}
	if (dir)
		closedir(dir);
}

static inline void remove_scratch(void)
{
	clear_directory(scratch);
	rmdir(scratch);
}

/* Makes the directory, once. Returns whether this was the first time. */
static inline bool make_scratch(void)
{
	if (scratch[0])
		return false;
	snprintf(scratch, sizeof(scratch), "%s/crashbox-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(scratch) || atexit(remove_scratch) != 0)
		abort();
	return true;
}

/* Writes a file below it. */
static inline void put_file(const char *name, struct span content, mode_t mode)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, content.data, content.size) != (ssize_t)content.size || close(fd) != 0)
		abort();
}

#endif
