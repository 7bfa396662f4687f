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
#include "fmt/gunzip.h"
#include "fmt/unlz4.h"
#include "sys/file.h"

#include "compress/frame_size.h"

/* The programs for what libcore does not decompress. */
static const struct decompressor {
	const char *const *argv;
	const char *package;
	bool (*frame_size)(struct span data, size_t *length);
} decompressors[COMPRESSIONS] = {
	[COMPRESSION_XZ] = {(const char *const[]){"xz", "-dc", NULL}, "xz-utils", xz_frame_size},
	[COMPRESSION_ZSTD] = {(const char *const[]){"zstd", "-dc", NULL}, "zstd", zstd_frame_size},
	[COMPRESSION_BZIP2] = {(const char *const[]){"bzip2", "-dc", NULL}, "bzip2", bzip2_frame_size},
	[COMPRESSION_LZMA] = {(const char *const[]){"xz", "--format=lzma", "--single-stream", "-dc", NULL}, "xz-utils",
			      NULL},
};

/* The data as a file without a name: a program that does not read it all cannot block the writer. */
static int make_input(struct span data, int *fd, struct error *e)
{
	int status;

	*fd = memfd_create("compressed", MFD_CLOEXEC);
	if (*fd < 0)
		return error_errno(e, "a file in memory");
	status = write_all(*fd, data.data, data.size);
	if (status < 0)
		return error_set(e, -status, "a file in memory: %s", strerror(-status));
	return lseek(*fd, 0, SEEK_SET) == 0 ? 0 : error_errno(e, "a file in memory");
}

/* Starts the program with that input. Returns its process and, in *from, its output. */
static int start(const struct decompressor *decompressor, int input, int *from, pid_t *pid, struct error *e)
{
	const char *program = decompressor->argv[0];
	posix_spawn_file_actions_t actions;
	extern char **environ;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_errno(e, "a pipe from %s", program);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	status = posix_spawnp(pid, program, &actions, NULL, (char *const *)(uintptr_t)decompressor->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (status == 0) {
		*from = ends[0];
		return 0;
	}
	close(ends[0]);
	/* Not ENOENT, which would mean that the file is missing. */
	error_set(e, status == ENOENT ? ENOPKG : status, "the program %s could not be started: %s", program,
		  strerror(status));
	return error_hint(e, "this file needs it for decompression; install it (Debian: apt-get install %s)",
			  decompressor->package);
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
			return error_errno(e, "reading its output");
		if (n == 0)
			return buffer_check(out, e);
		buffer_add(out, piece, (size_t)n);
		if (out->size - start_size > max)
			return error_set(e, EFBIG, "decompresses to more than %zu bytes", max);
	}
}

static int by_program(struct buffer *out, const struct decompressor *program, struct span data, size_t max,
		      struct error *e)
{
	int input CLEANUP(close_fd) = -1, from = -1, exit_status = 0, status;
	pid_t pid;

	if (make_input(data, &input, e) < 0 || start(program, input, &from, &pid, e) < 0)
		return -e->code;
	status = read_pipe(out, from, max, e);
	/* Closed before the wait, which ends a program that still writes. */
	close(from);
	while (waitpid(pid, &exit_status, 0) < 0 && errno == EINTR)
		;
	if (status == 0 && exit_status != 0)
		return error_set(e, EINVAL, "%s could not decompress it", program->argv[0]);
	return status;
}

int decompress_stream(struct buffer *out, enum compression format, struct span data, size_t max, size_t *used,
		      struct error *e)
{
	struct unpacked to = {.take = buffer_put, .context = out, .max = max};
	const struct decompressor *program = &decompressors[format];
	ssize_t length;

	*used = data.size;
	if (format == COMPRESSION_GZIP || format == COMPRESSION_LZ4) {
		length = format == COMPRESSION_GZIP ? gunzip(data, &to, e) : unlz4(data, &to, e);
		*used = length < 0 ? data.size : (size_t)length;
		return length < 0 ? (int)length : 0;
	}
	if (!program->argv) {
		error_set(e, ENOTSUP, "compressed with %s, which is not read here", compression_name(format));
		if (format == COMPRESSION_LZ4_FRAME)
			error_hint(e, "the kernel accepts only the legacy frame (lz4 -l)");
		return -e->code;
	}
	/* If the end is not found, the program gets all the data, and finds out what is wrong. */
	if (!program->frame_size || !program->frame_size(data, used))
		*used = data.size;
	return by_program(out, program, span_part(data, 0, *used), max, e);
}

int decompress_all(struct buffer *out, struct span data, size_t max, struct error *e)
{
	size_t start = out->size, used = 0;
	enum compression format = compression_find(data);

	if (format == COMPRESSION_NONE) {
		buffer_add(out, data.data, data.size);
		return buffer_check(out, e);
	}
	/* The programs themselves handle several streams in a row. */
	if (decompressors[format].argv)
		return by_program(out, &decompressors[format], data, max, e);
	do {
		data = span_part(data, used, data.size - used);
		if (decompress_stream(out, format, data, max - (out->size - start), &used, e) < 0)
			return -e->code;
	} while (compression_find(span_part(data, used, data.size - used)) == format);
	return 0;
}

int decompress_file(struct buffer *out, const char *path, size_t max, struct error *e)
{
	char *data CLEANUP(free_ptr) = NULL;
	size_t size;

	if (file_read(path, max, &data, &size, e) < 0)
		return -e->code;
	return decompress_all(out, span_of(data, size), max, e) < 0 ? error_context(e, "%s", path) : 0;
}
