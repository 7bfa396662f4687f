#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"

int output_check(const char *path, const char *const *inputs, size_t count, struct error *e)
{
	size_t length = strlen(path);
	struct stat out, in;

	if (strcmp(path, "-") == 0)
		return error_set(e, EINVAL, "-o -: an image is not written to standard output; give a file name");
	if (length == 0 || path[length - 1] == '/' || (stat(path, &out) == 0 && S_ISDIR(out.st_mode)))
		return error_set(e, EISDIR, "-o %s: this is a directory; give a file name in it", path);
	if (stat(path, &out) != 0)
		return 0;
	if (!S_ISREG(out.st_mode))
		return error_set(e, EINVAL, "-o %s: not a regular file; it was not changed", path);
	for (size_t i = 0; i < count; i++)
		if (inputs[i] && stat(inputs[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return error_set(e, EINVAL, "-o %s: the image would replace one of its input files", path);
	return 0;
}

/* Writes, syncs and renames the file; fd is the one named temporary. */
static int fill(int fd, const char *temporary, const char *path, struct span data, mode_t mode, struct error *e)
{
	mode_t mask = umask(0);
	int status;

	umask(mask);
	status = write_all(fd, data.data, data.size);
	if (status < 0)
		return error_set(e, -status, "writing %s: %s", path, strerror(-status));
	if (fchmod(fd, mode & ~mask) != 0 || fsync(fd) != 0)
		return error_errno(e, "writing %s", path);
	if (rename(temporary, path) != 0)
		return error_errno(e, "renaming the finished image to %s", path);
	return 0;
}

/* The rename itself must survive a power cut. Some file systems (cifs, fuse) cannot sync a directory. */
static int sync_name(const char *path, struct error *e)
{
	int status = file_sync_directory(path, e);

	if (status == 0 || status == -EINVAL)
		return 0;
	return error_hint(e, "the new image is in place, but a power cut may bring back the old one");
}

int output_write(const char *path, struct span data, mode_t mode, struct error *e)
{
	char *real CLEANUP(free_ptr) = realpath(path, NULL);
	char temporary[PATH_MAX];
	sigset_t all, before;
	int fd CLEANUP(close_fd) = -1;
	int status;

	if (real)
		path = real;
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return error_set(e, ENAMETOOLONG, "%.100s...: the name is too long", path);
	/* An interrupt waits until the temporary name is gone. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		status = error_errno(e, "writing %s", path);
		if (status == -ENOENT)
			error_hint(e, "its directory does not exist");
	} else {
		status = fill(fd, temporary, path, data, mode, e);
		if (status < 0)
			unlink(temporary);
		else
			status = sync_name(path, e);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
