#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h> /* RENAME_NOREPLACE, which musl has only since 1.2.4 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dump/sink/sink.h"
#include "sys/file.h"

/*
 * How much may be dirty at once. In a small reservation the page cache is memory that the dump itself needs: every
 * piece is sent to the disk as soon as it is full, waited for when the next one is, and then dropped from the cache.
 */
enum { PIECE = 1 << 20 };

/* A server's errors come only with a sync: one for each so many bytes. */
enum { REMOTE_PIECE = 4 << 20 };

struct file_sink {
	struct sink sink;
	int fd;
	int dir;     /* that holds it: its names are only used in there */
	size_t name; /* where they begin in these paths, which are for messages */
	char *path, *incomplete, *starting;
	bool replace;
	bool remote;    /* on a server: NFS, CIFS */
	bool named;     /* it has had its first sync, and is called incomplete */
	uint64_t tail;  /* one more than the highest offset that has been put */
	uint64_t piece; /* the piece that is being filled starts here */
	uint64_t sent;  /* [sent, piece) has been sent, and not yet waited for */
};

/* Sends [piece, tail) to the disk and lets go of what was sent before. A kernel without the call only loses memory. */
static void age(struct file_sink *f)
{
	sync_file_range(f->fd, (off_t)f->piece, (off_t)(f->tail - f->piece), SYNC_FILE_RANGE_WRITE);
	if (f->piece > f->sent) {
		sync_file_range(f->fd, (off_t)f->sent, (off_t)(f->piece - f->sent),
				SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
		posix_fadvise(f->fd, (off_t)f->sent, (off_t)(f->piece - f->sent), POSIX_FADV_DONTNEED);
	}
	f->sent = f->piece;
	f->piece = f->tail;
}

/* Waits until the server has what was put, and lets go of it. */
static int sync_remote(struct file_sink *f, struct error *e)
{
	if (fdatasync(f->fd) != 0)
		return error_errno(e, "writing %s: the server", f->incomplete);
	posix_fadvise(f->fd, (off_t)f->sent, (off_t)(f->tail - f->sent), POSIX_FADV_DONTNEED);
	f->sent = f->piece = f->tail;
	return 0;
}

static bool is_remote(int fd)
{
	struct statfs fs;

	/* statfs(2): NFS_SUPER_MAGIC, CIFS_MAGIC_NUMBER, SMB2_MAGIC_NUMBER */
	return fstatfs(fd, &fs) == 0 && ((uint32_t)fs.f_type == 0x6969 || (uint32_t)fs.f_type == 0xff534d42 ||
					 (uint32_t)fs.f_type == 0xfe534d42);
}

static int put(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e)
{
	struct file_sink *f = (struct file_sink *)sink;
	int r = write_all_at(f->fd, data, size, offset);

	if (r == -ENOSPC || r == -EDQUOT)
		return error_set(e, -r, "writing %s at %llu: the file system is full: %s", f->incomplete,
				 (unsigned long long)offset, strerror(-r));
	if (r < 0)
		return error_set(e, -r, "writing %s at %llu: %s", f->incomplete, (unsigned long long)offset,
				 strerror(-r));
	/* What is appended ages piece by piece; the rest waits for the next sync. */
	if (offset > f->tail)
		f->piece = f->sent = offset; /* after a hole */
	if (offset + size > f->tail)
		f->tail = offset + size;
	if (f->remote)
		return f->tail - f->piece >= REMOTE_PIECE ? sync_remote(f, e) : 0;
	if (f->tail - f->piece >= PIECE)
		age(f);
	return 0;
}

/* Not every file system can: there it is seen when the bytes are put. */
static int reserve(struct sink *sink, uint64_t offset, uint64_t size, struct error *e)
{
	struct file_sink *f = (struct file_sink *)sink;

	if (size == 0 || fallocate(f->fd, 0, (off_t)offset, (off_t)size) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)
		return 0;
	return error_errno(e, "reserving %llu bytes of %s%s", (unsigned long long)size, f->incomplete,
			   errno == ENOSPC || errno == EDQUOT ? ": the file system is full" : "");
}

/* The new name itself must survive: the directory is synced too. */
static int sync_directory(const struct file_sink *f, struct error *e)
{
	return fsync(f->dir) == 0 ? 0 : error_errno(e, "syncing the directory of %s", f->path);
}

/* Some file systems, and a kernel that was not told of them, know no flags. */
static int rename_file(const struct file_sink *f, const char *from, const char *to, unsigned flags, struct error *e)
{
	long r = syscall(SYS_renameat2, f->dir, from + f->name, f->dir, to + f->name, flags);

	if (r != 0 && flags && (errno == EINVAL || errno == ENOSYS))
		r = syscall(SYS_renameat2, f->dir, from + f->name, f->dir, to + f->name, 0);
	return r == 0 ? 0 : error_errno(e, "renaming %s to %s", from, to);
}

/* What has the name is never less than what was there at the first sync. */
static int name_incomplete(struct file_sink *f, struct error *e)
{
	int r = rename_file(f, f->starting, f->incomplete, 0, e);

	if (r < 0)
		return r;
	f->named = true;
	return sync_directory(f, e);
}

static int sync_file(struct sink *sink, struct error *e)
{
	struct file_sink *f = (struct file_sink *)sink;

	if (fsync(f->fd) != 0)
		return error_errno(e, "syncing %s", f->incomplete);
	posix_fadvise(f->fd, 0, 0, POSIX_FADV_DONTNEED);
	return f->named ? 0 : name_incomplete(f, e);
}

static int commit(struct sink *sink, uint64_t size, struct error *e)
{
	struct file_sink *f = (struct file_sink *)sink;
	struct error ignored;
	int r;

	if (ftruncate(f->fd, (off_t)size) != 0)
		return error_errno(e, "setting the size of %s", f->incomplete);
	r = sync_file(sink, e);
	if (r < 0)
		return r;
	if (close(f->fd) != 0) {
		f->fd = -1;
		return error_errno(e, "closing %s", f->incomplete);
	}
	f->fd = -1;
	/* An existing file is replaced only where that was asked for, also one made in the meantime. */
	r = rename_file(f, f->incomplete, f->path, f->replace ? 0 : RENAME_NOREPLACE, e);
	if (r < 0)
		return r;
	r = sync_directory(f, e);
	if (r < 0) /* the name may not survive: take it back, so that nobody believes in it */
		rename_file(f, f->path, f->incomplete, 0, &ignored);
	return r;
}

/* Nothing that was never synced is left. */
static void abort_file(struct sink *sink)
{
	struct file_sink *f = (struct file_sink *)sink;

	if (f->fd >= 0 && !f->named)
		unlinkat(f->dir, f->starting + f->name, 0);
	close_fd(&f->fd);
}

static void destroy(struct sink *sink)
{
	struct file_sink *f = (struct file_sink *)sink;

	abort_file(sink);
	close_fd(&f->dir);
	free(f->path);
	free(f->incomplete);
	free(f->starting);
	free(f);
}

static const struct sink_ops file_ops = {
	.put = put,
	.reserve = reserve,
	.sync = sync_file,
	.commit = commit,
	.abort = abort_file,
	.destroy = destroy,
};

static int open_file(struct file_sink *f, struct error *e)
{
	struct stat st;
	int there = fstatat(f->dir, f->path + f->name, &st, AT_SYMLINK_NOFOLLOW);

	if (there == 0 && !S_ISREG(st.st_mode))
		return error_set(e, EEXIST, "%s exists and is not a regular file", f->path);
	if (there == 0 && !f->replace) {
		error_set(e, EEXIST, "%s already exists", f->path);
		return error_hint(e, "Give another name, or -f to replace it.");
	}
	/* A rest of an earlier attempt must not keep its mode, its owner's open descriptors or its bytes. */
	if (unlinkat(f->dir, f->starting + f->name, 0) != 0 && errno != ENOENT)
		return error_errno(e, "removing an old %s", f->starting);
	f->fd = openat(f->dir, f->starting + f->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd < 0)
		return error_errno(e, "creating %s", f->starting);
	f->remote = is_remote(f->fd);
	return 0;
}

/* The directory of a path, or that one again. */
static int open_parent(struct file_sink *f, int dir, struct error *e)
{
	char *slash = strrchr(f->path, '/'), first;

	if (slash)
		f->name = (size_t)(slash - f->path) + 1;
	if (dir >= 0) {
		f->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	} else {
		first = f->path[f->name];
		f->path[f->name] = 0;
		f->dir = open(slash ? f->path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		f->path[f->name] = first;
	}
	return f->dir >= 0 ? 0 : error_errno(e, "opening the directory of %s", f->path);
}

int sink_file_create(int dir, const char *path, bool replace, struct sink **sink, struct error *e)
{
	struct file_sink *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return error_set(e, ENOMEM, "no memory");
	f->sink.ops = &file_ops;
	f->fd = f->dir = -1;
	f->replace = replace;
	f->path = strdup(path);
	if (asprintf(&f->incomplete, "%s-incomplete", path) < 0)
		f->incomplete = NULL;
	if (asprintf(&f->starting, "%s-starting", path) < 0)
		f->starting = NULL;
	r = f->path && f->incomplete && f->starting ? open_parent(f, dir, e) : error_set(e, ENOMEM, "no memory");
	if (r == 0)
		r = open_file(f, e);
	if (r < 0) {
		destroy(&f->sink);
		return r;
	}
	*sink = &f->sink;
	return 0;
}

void sink_destroyp(struct sink **sink)
{
	if (*sink)
		(*sink)->ops->destroy(*sink);
	*sink = NULL;
}
