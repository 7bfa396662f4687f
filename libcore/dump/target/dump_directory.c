#include "dump/target/dump_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utc.h"

enum {
	MOST_TRIES = 100,
	RANDOM_TRIES = 10, /* after them, with numbers that nobody can guess */
};

/*
 * As if root were the root directory: neither ".." nor an absolute link on the way leads out of it. Source: openat2(2),
 * Linux 5.6; an older kernel follows no link at the end of the path instead, which make_all has tried up to each of its
 * names. root negative: as everywhere.
 */
static int open_below(int root, const char *path, uint64_t flags)
{
	struct open_how how = {.flags = flags | O_DIRECTORY | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	int fd;

	if (root < 0)
		return open(path, (int)how.flags);
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd >= 0 || errno != ENOSYS)
		return fd;
	path += strspn(path, "/");
	return openat(root, *path ? path : ".", (int)how.flags | O_NOFOLLOW);
}

/* Makes what is missing, name by name; below a root each in its own directory, opened as above. Returns 0, or -1 and
 * errno. */
static int make_all(int root, char *path)
{
	int at CLEANUP(close_fd) = -1;

	for (char *p = path, *name = path; *p; p++) {
		char next = p[1];

		if (*p == '/') {
			name = p + 1;
			continue;
		}
		if (next && next != '/')
			continue;
		p[1] = 0;
		if ((root < 0 ? mkdir(path, 0755) : mkdirat(at < 0 ? root : at, name, 0755)) != 0 && errno != EEXIST)
			return -1;
		close_fd(&at);
		if (root >= 0 && (at = open_below(root, path, O_PATH)) < 0)
			return -1;
		p[1] = next;
	}
	return 0;
}

int directory_open(const char *root, const char *path, bool make, struct error *e)
{
	char *copy CLEANUP(free_ptr) = NULL;
	size_t skip = root ? strlen(root) : 0;
	int root_fd CLEANUP(close_fd) = -1, fd = -1;

	while (skip && root[skip - 1] == '/')
		skip--;
	if (root && (strncmp(path, root, skip) != 0 || path[skip] != '/'))
		return error_set(e, EINVAL, "%s is not below %s", path, root);
	copy = strdup(path + skip);
	if (!copy)
		return error_set(e, ENOMEM, "no memory");
	if (root)
		root_fd = open_below(-1, root, O_PATH);
	if ((!root || root_fd >= 0) && (!make || make_all(root_fd, copy) == 0))
		fd = open_below(root_fd, copy, O_RDONLY);
	if (fd >= 0)
		return fd;
	error_errno(e, "the directory %s", path);
	return root ? error_hint(e, "Links are followed inside %s only.", root) : -e->code;
}

static void fit_for_a_name(const char *host, char *out, size_t size)
{
	size_t n = 0;

	for (; host[n] && n < size - 1; n++) {
		char c = host[n];
		bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			    c == '_' || (c == '.' && n > 0);

		out[n] = fine ? c : '_';
	}
	out[n] = 0;
	if (n == 0)
		snprintf(out, size, "localhost");
}

/* Whether the directory holds no dump, or what mine says is there too: then it is ours to write into. */
static bool is_free(int fd, const char *mine)
{
	struct stat st;

	if (fstatat(fd, "vmcore", &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	return mine && fstatat(fd, mine, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool directory_trusts(int parent, uid_t uid)
{
	struct stat st;

	return uid == 0 || uid == geteuid() || (fstat(parent, &st) == 0 && uid == st.st_uid);
}

/* Returns a directory that is new, or that was left by a try that did not come to a dump; 0: the name is taken. */
static int take_directory(int parent, const char *name, const char *mine, struct error *e)
{
	bool made = mkdirat(parent, name, 0700) == 0;
	struct stat st;
	int fd;

	if (!made && errno != EEXIST)
		return error_errno(e, "making the directory %s", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return made ? error_errno(e, "opening the directory %s", name) : 0;
	/* On a server a new one's owner may be anybody. */
	if (made || (fstat(fd, &st) == 0 && directory_trusts(parent, st.st_uid) && (st.st_mode & 07777) == 0700 &&
		     is_free(fd, mine)))
		return fd;
	close(fd);
	return 0;
}

static unsigned suffix(int attempt)
{
	struct timespec now;

	if (attempt <= MOST_TRIES)
		return (unsigned)attempt;
	clock_gettime(CLOCK_REALTIME, &now);
	return (unsigned)now.tv_nsec;
}

int directory_make(int parent, const char *where, const char *host, uint64_t crash_time, const char *mine, char **path,
		   struct error *e)
{
	char name[65], when[UTC_SIZE], more[12] = "";
	size_t length = strlen(where);
	const char *slash = length && where[length - 1] == '/' ? "" : "/";
	int r;

	fit_for_a_name(host, name, sizeof(name));
	if (!utc_text(crash_time, "-", "", when))
		snprintf(when, sizeof(when), "unknown-time");
	for (int i = 1; i <= MOST_TRIES + RANDOM_TRIES; i++) {
		if (i > 1)
			snprintf(more, sizeof(more), "-%u", suffix(i));
		if (asprintf(path, "%s%s%s-%s%s", where, slash, name, when, more) < 0)
			return error_set(e, ENOMEM, "no memory");
		r = take_directory(parent, *path + length + strlen(slash), mine, e);
		if (r > 0)
			return r;
		free(*path);
		*path = NULL;
		if (r < 0)
			return error_context(e, "%s", where);
	}
	return error_set(e, EEXIST, "%s holds %d dumps of this very second", where, MOST_TRIES);
}
