#include "compress/decompress.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"

#include "compress/gzip.h"
#include "compress/lz4_legacy.h"
#include "compress/frame_size.h"

/* Who unpacks what. */
static const struct packer {
	char name[6];
	uint8_t length;
	char magic[7];
	const char *const *argv; /* the program; NULL: a library does it */
	const char *package;     /* where to get it from */
	bool (*end)(struct span data, size_t *length);
} packers[] = {
	[PACKING_NONE] = {.name = "none"},
	[PACKING_GZIP] = {"gzip", 2, "\x1f\x8b", NULL, NULL, NULL},
	[PACKING_LZ4] = {"lz4", 4, "\x02\x21\x4c\x18", NULL, NULL, NULL},
	[PACKING_XZ] = {"xz", 6, "\xfd\x37zXZ\0", (const char *const[]){"xz", "-dc", NULL}, "xz-utils", xz_frame_size},
	[PACKING_ZSTD] = {"zstd", 4, "\x28\xb5\x2f\xfd", (const char *const[]){"zstd", "-dc", NULL}, "zstd",
			  zstd_frame_size},
	[PACKING_BZIP2] = {"bzip2", 3, "BZh", (const char *const[]){"bzip2", "-dc", NULL}, "bzip2", bzip2_frame_size},
	/* The byte of properties that all have, and a dictionary of whole 64 KiB. */
	[PACKING_LZMA] = {"lzma", 3, "\x5d\0\0",
			  (const char *const[]){"xz", "--format=lzma", "--single-stream", "-dc", NULL}, "xz-utils",
			  NULL},
};

enum { NR_PACKERS = sizeof(packers) / sizeof(packers[0]) };

enum packed_with packing_find(struct span data)
{
	for (int i = PACKING_NONE + 1; i < NR_PACKERS; i++)
		if (data.size >= packers[i].length && memcmp(data.data, packers[i].magic, packers[i].length) == 0)
			return (enum packed_with)i;
	return PACKING_NONE;
}

const char *packing_name(enum packed_with packing)
{
	return packers[packing].name;
}

/* The data as a file without a name, for a program to read: nothing that it does not take can block the writer. */
static int make_input(struct span data, int *fd, struct error *e)
{
	int status;

	*fd = memfd_create("packed", MFD_CLOEXEC);
	if (*fd < 0)
		return error_errno(e, "a file in memory");
	status = write_all(*fd, data.data, data.size);
	if (status < 0)
		return error_set(e, -status, "a file in memory: %s", strerror(-status));
	return lseek(*fd, 0, SEEK_SET) == 0 ? 0 : error_errno(e, "a file in memory");
}

/* Starts the program with that input. Returns its process and, in *from, its output. */
static int start(const struct packer *packer, int input, int *from, pid_t *pid, struct error *e)
{
	const char *program = packer->argv[0];
	posix_spawn_file_actions_t actions;
	extern char **environ;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_errno(e, "a pipe from %s", program);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	status = posix_spawnp(pid, program, &actions, NULL, (char *const *)(uintptr_t)packer->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (status == 0) {
		*from = ends[0];
		return 0;
	}
	close(ends[0]);
	/* Not ENOENT, which says that the file is missing. */
	error_set(e, status == ENOENT ? ENOPKG : status, "the program %s could not be started: %s", program,
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

static int by_program(struct buffer *out, const struct packer *packer, struct span data, size_t max, struct error *e)
{
	int input CLEANUP(close_fd) = -1, from = -1, exit_status = 0, status;
	pid_t pid;

	if (make_input(data, &input, e) < 0 || start(packer, input, &from, &pid, e) < 0)
		return -e->code;
	status = read_pipe(out, from, max, e);
	/* Closed before the wait: a program that still writes is ended by it. */
	close(from);
	while (waitpid(pid, &exit_status, 0) < 0 && errno == EINTR)
		;
	if (status == 0 && exit_status != 0)
		return error_set(e, EINVAL, "%s could not unpack it", packer->argv[0]);
	return status;
}

int unpack_stream(struct buffer *out, enum packed_with packing, struct span data, size_t max, size_t *used,
		  struct error *e)
{
	const struct packer *packer = &packers[packing];

	if (packing == PACKING_GZIP)
		return gzip_unpack_member(out, data, max, used, e);
	if (packing == PACKING_LZ4)
		return lz4_legacy_unpack(out, data, max, used, e);
	/* Where the end is not found the program gets it all, and says what it thinks of it. */
	if (!packer->end || !packer->end(data, used))
		*used = data.size;
	return by_program(out, packer, span_part(data, 0, *used), max, e);
}

/* All of it: a file may be several streams, one behind another. */
static int unpack_all(struct buffer *out, enum packed_with packing, struct span data, size_t max, struct error *e)
{
	size_t used;

	switch (packing) {
	case PACKING_NONE:
		buffer_add(out, data.data, data.size);
		return buffer_check(out, e);
	case PACKING_GZIP:
		return gzip_unpack(out, data, max, e);
	case PACKING_LZ4:
		return lz4_legacy_unpack(out, data, max, &used, e);
	default:
		return by_program(out, &packers[packing], data, max, e);
	}
}

int unpack_file(struct buffer *out, const char *path, size_t max, struct error *e)
{
	char *data CLEANUP(free_ptr) = NULL;
	size_t size;

	if (file_read(path, max, &data, &size, e) < 0)
		return -e->code;
	if (unpack_all(out, packing_find(span_of(data, size)), span_of(data, size), max, e) < 0)
		return error_context(e, "%s", path);
	return 0;
}
