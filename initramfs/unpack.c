#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"

#include "gzip.h"

/* Who unpacks what. */
static const struct packer {
	const char *magic;
	size_t length;
	const char *program; /* called as PROGRAM -dc <FILE; NULL: zlib does it */
	const char *package; /* where to get it from */
} packers[] = {
	{"\x1f\x8b", 2, NULL, NULL},
	{"\xfd"
	 "7zXZ\0",
	 6, "xz", "xz-utils"},
	{"\x28\xb5\x2f\xfd", 4, "zstd", "zstd"},
	{"\x02\x21\x4c\x18", 4, "lz4", "lz4"}, /* its legacy frame, as the kernel's build makes it */
};

static const struct packer *find_packer(const char *data, size_t size)
{
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++)
		if (size >= packers[i].length && memcmp(data, packers[i].magic, packers[i].length) == 0)
			return &packers[i];
	return NULL;
}

/* Starts the program with the file as its input. Returns its process and, in *from, its output. */
static int start(const struct packer *packer, const char *path, int *from, pid_t *pid, struct error *e)
{
	char *argv[] = {(char *)(uintptr_t)packer->program, (char *)(uintptr_t) "-dc", NULL};
	posix_spawn_file_actions_t actions;
	extern char **environ;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_errno(e, "a pipe from %s", packer->program);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	status = posix_spawnp(pid, packer->program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (status == 0) {
		*from = ends[0];
		return 0;
	}
	close(ends[0]);
	/* Not ENOENT, which says that the file is missing. */
	error_set(e, status == ENOENT ? ENOPKG : status, "the program %s could not be started: %s", packer->program,
		  strerror(status));
	return error_hint(e, "it unpacks this file; install it (Debian: apt-get install %s)", packer->package);
}

static int read_pipe(struct buffer *out, int fd, size_t max, struct error *e)
{
	size_t start_size = out->size;

	for (;;) {
		char piece[65536];
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, "reading what it unpacked");
		if (n == 0)
			return buffer_check(out, e);
		buffer_add(out, piece, (size_t)n);
		if (out->size - start_size > max)
			return error_set(e, EFBIG, "unpacked it is larger than %zu bytes", max);
	}
}

static int by_program(struct buffer *out, const struct packer *packer, const char *path, size_t max, struct error *e)
{
	int from = -1, exit_status = 0, status;
	pid_t pid;

	if (start(packer, path, &from, &pid, e) < 0)
		return -e->code;
	status = read_pipe(out, from, max, e);
	/* Closed before the wait: a program that still writes is ended by it. */
	close(from);
	while (waitpid(pid, &exit_status, 0) < 0 && errno == EINTR)
		;
	if (status == 0 && exit_status != 0)
		return error_set(e, EINVAL, "%s could not unpack it", packer->program);
	return status;
}

int unpack_file(struct buffer *out, const char *path, size_t max, struct error *e)
{
	char *data CLEANUP(free_ptr) = NULL;
	const struct packer *packer;
	size_t size;
	int status;

	if (file_read(path, max, &data, &size, e) < 0)
		return -e->code;
	packer = find_packer(data, size);
	if (!packer) {
		buffer_add(out, data, size);
		status = buffer_check(out, e);
	} else if (packer->program) {
		status = by_program(out, packer, path, max, e);
	} else {
		status = gzip_unpack(out, span_of(data, size), max, e);
	}
	return status < 0 ? error_context(e, "%s", path) : 0;
}
