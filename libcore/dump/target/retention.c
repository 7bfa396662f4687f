#include "dump/target/retention.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/options.h"
#include "base/utc.h"
#include "dump/target/dump_directory.h"
#include "sys/file.h"

enum {
	TIME_LENGTH = 17, /* of "YYYY-MM-DD-HHMMSS" */
	MOST_DIGITS = 9,  /* of the number after it */
	MOST_FILES = 66,  /* what holds more is no dump's directory */
	MOST_DUMPS = 65536,
	MOST_NAMES = 1 << 20,   /* in a directory: a damaged one may have no end */
	MOST_COUNTED = 1000000, /* on all targets */
};

/* What a directory holds. Only dumps make room for dumps: no dump is deleted for a log. */
enum content {
	LOG,    /* the log alone, or nothing yet */
	BROKEN, /* a dump that broke off */
	WHOLE,  /* a dump, or anything unknown */
};

struct dump {
	char *name;
	enum content content;
};

/* One directory of dumps; close with release. */
struct dumps {
	int fd; /* of the parent */
	struct stat own;
	struct dump *item;
	size_t count;
};

static bool is_time(const char *text)
{
	static const char form[] = "dddd-dd-dd-dddddd";

	for (int i = 0; i < TIME_LENGTH; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-')
			return false;
	return true;
}

const char *retention_time(const char *name, unsigned *n)
{
	size_t length = strlen(name), digits = 0;

	*n = 1;
	if (length > TIME_LENGTH + 1 && name[length - TIME_LENGTH - 1] == '-' && is_time(name + length - TIME_LENGTH))
		return name + length - TIME_LENGTH;
	while (digits < MOST_DIGITS && digits < length && name[length - 1 - digits] >= '0' &&
	       name[length - 1 - digits] <= '9')
		digits++;
	if (digits == 0 || length < digits + TIME_LENGTH + 3 || name[length - 1 - digits] != '-')
		return NULL;
	*n = (unsigned)strtoul(name + length - digits, NULL, 10);
	name += length - digits - 1 - TIME_LENGTH;
	return name[-1] == '-' && is_time(name) ? name : NULL;
}

/* By crash time, then by the number after it. */
static int compare_times(const char *a, const char *b)
{
	unsigned m, n;
	int order = strncmp(retention_time(a, &m), retention_time(b, &n), TIME_LENGTH);

	return order ? order : m < n ? -1 : m > n;
}

/* Those to be deleted first come first. */
static int compare_dumps(const void *a, const void *b)
{
	const struct dump *x = a, *y = b;

	return x->content != y->content ? (int)x->content - (int)y->content : compare_times(x->name, y->name);
}

static enum content content_of(const char *file)
{
	static const char log[] = "vmcore-dmesg.txt";

	if (strcmp(file, "vmcore-incomplete") == 0)
		return BROKEN;
	return strncmp(file, log, sizeof(log) - 1) == 0 || strcmp(file, "vmcore-starting") == 0 ? LOG : WHOLE;
}

/*
 * Goes through a directory's files; removes them where it is told to. Returns 1 for a directory of regular files only,
 * 0 for any other, or a negative errno.
 */
static int each_file(int fd, bool remove, enum content *content, struct error *e)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int files = 0, result = 1;
	bool broken = false;
	struct stat st;

	*content = LOG;
	if (!dir) {
		close(fd);
		return error_errno(e, "reading it");
	}
	/* One that cannot be read to its end may hold a dump there. */
	while (result > 0 && (errno = 0, entry = readdir(dir))) {
		if (++files > MOST_FILES) {
			result = 0;
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		broken |= content_of(entry->d_name) == BROKEN;
		if (content_of(entry->d_name) > *content)
			*content = content_of(entry->d_name);
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
			result = 0;
		else if (remove && unlinkat(fd, entry->d_name, 0) != 0)
			result = error_errno(e, "%s", entry->d_name);
	}
	if (result > 0 && errno)
		result = error_errno(e, "reading it");
	closedir(dir);
	if (broken)
		*content = BROKEN;
	return result;
}

/* Opens a directory that may be a dump of ours, by where it lies, whose it is and how it may be read. -1: it is not. */
static int open_dump(const struct dumps *d, const char *name)
{
	int fd = openat(d->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && st.st_dev == d->own.st_dev && st.st_uid == d->own.st_uid &&
		       st.st_mode == d->own.st_mode && st.st_ino != d->own.st_ino))
		return fd;
	close(fd);
	return -1;
}

static int add_dump(struct dumps *d, const char *name, enum content content, struct error *e)
{
	struct dump *larger = realloc(d->item, (d->count + 1) * sizeof(*larger));
	char *copy = strdup(name);

	if (larger)
		d->item = larger;
	if (!larger || !copy || d->count == MOST_DUMPS) {
		free(copy);
		return error_set(e, ENOMEM, "no memory for the names of %zu dumps", d->count);
	}
	d->item[d->count++] = (struct dump){.name = copy, .content = content};
	return 0;
}

/* Whether a directory has to make room for our own: one that holds as much, or a broken dump for a whole one. */
static bool makes_room(enum content content, enum content own)
{
	return content == own || (content == BROKEN && own == WHOLE);
}

/* The names in an open directory, from the first on; NULL and errno. */
static DIR *list(int parent)
{
	int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		close_fd(&fd);
	return dir;
}

static struct dirent *next_name(DIR *dir, unsigned *seen)
{
	return (*seen)++ < MOST_NAMES ? readdir(dir) : NULL;
}

/* All that can make room for our own. */
static int find_dumps(struct dumps *d, const char *own, struct error *e)
{
	DIR *dir = list(d->fd);
	enum content mine, content;
	struct dirent *entry;
	int fd, result = 0;
	unsigned n, seen = 0;

	if (!dir)
		return error_errno(e, "reading it");
	fd = openat(d->fd, own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		result = error_errno(e, "%s", own);
	else if (each_file(fd, false, &mine, e) < 0)
		result = -e->code;
	while (result == 0 && (entry = next_name(dir, &seen))) {
		if (!retention_time(entry->d_name, &n))
			continue;
		fd = open_dump(d, entry->d_name);
		if (fd >= 0 && each_file(fd, false, &content, e) > 0 && makes_room(content, mine))
			result = add_dump(d, entry->d_name, content, e);
	}
	closedir(dir);
	return result;
}

/* Checks the directory again before deleting anything; links made since then are not followed. */
static int remove_dump(const struct dumps *d, const struct dump *dump, struct error *e)
{
	enum content content = dump->content;

	for (int remove = 0; remove < 2; remove++) {
		int fd = open_dump(d, dump->name), r;

		if (fd < 0)
			return error_set(e, ESTALE, "it is not what it was");
		r = each_file(fd, remove, &content, e);
		if (r < 0)
			return r;
		if (r == 0 || (!remove && content != dump->content))
			return error_set(e, ESTALE, r ? "it is not what it was" : "it holds more than files");
	}
	return unlinkat(d->fd, dump->name, AT_REMOVEDIR) == 0 ? 0 : error_errno(e, "removing it");
}

static void release(struct dumps *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->item[i].name);
	free(d->item);
}

int retention_apply(int parent, const char *where, const char *own, unsigned keep, const struct log *log,
		    struct error *e)
{
	struct dumps d CLEANUP(release) = {.fd = parent};
	size_t others = keep > 0 ? keep - 1 : 0, surplus;
	int removed = 0;
	unsigned n;

	if (fstatat(d.fd, own, &d.own, AT_SYMLINK_NOFOLLOW) != 0)
		return error_errno(e, "%s", where);
	if (!retention_time(own, &n))
		return error_set(e, EINVAL, "'%.64s' does not tell its time", own);
	if (find_dumps(&d, own, e) < 0)
		return error_context(e, "%s", where);
	if (d.count)
		qsort(d.item, d.count, sizeof(*d.item), compare_dumps);
	surplus = d.count > others ? d.count - others : 0;
	for (size_t i = 0; i < d.count && surplus; i++) {
		struct error why;

		if (compare_times(d.item[i].name, own) >= 0)
			continue;
		/* If one cannot be deleted, no younger one is deleted for it. */
		surplus--;
		if (remove_dump(&d, &d.item[i], &why) < 0) {
			log_line(log, LOG_WARN, "the old dump %s%s could not be deleted: %s", where, d.item[i].name,
				 why.text);
			continue;
		}
		removed++;
		log_line(log, LOG_NOTE, "deleted the old dump %s%s", where, d.item[i].name);
	}
	return removed;
}

/* Whether it is a dump of ours: others may make directories of these names. */
static bool holds_dump(int parent, const char *name)
{
	int fd CLEANUP(close_fd) = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat dir, dump;

	return fd >= 0 && fstat(fd, &dir) == 0 && fstatat(fd, "vmcore", &dump, AT_SYMLINK_NOFOLLOW) == 0 &&
	       directory_trusts(parent, dir.st_uid) && directory_trusts(parent, dump.st_uid) && S_ISREG(dump.st_mode) &&
	       dump.st_size > 0;
}

unsigned retention_recent(int parent, uint64_t time, uint64_t within)
{
	DIR *dir = list(parent);
	char first[UTC_SIZE], last[UTC_SIZE];
	struct dirent *entry;
	unsigned count = 0, seen = 0;

	utc_text(time > within ? time - within : 0, "-", "", first);
	utc_text(time, "-", "", last);
	while (dir && (entry = next_name(dir, &seen))) {
		unsigned n;
		const char *when = retention_time(entry->d_name, &n);

		if (when && strncmp(when, first, TIME_LENGTH) > 0 && strncmp(when, last, TIME_LENGTH) <= 0 &&
		    holds_dump(parent, entry->d_name))
			count++;
	}
	if (dir)
		closedir(dir);
	return count;
}

/* Adds what earlier targets hold to this one's count, for the next target. A failure is only a warning. */
static unsigned add_up(const struct dump_target_request *request, unsigned count)
{
	int fd CLEANUP(close_fd) = open(request->tally, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	char text[16] = "";
	long before;
	int size;

	if (fd >= 0)
		read_all_at(fd, text, sizeof(text) - 1, 0);
	before = number_parse(text, MOST_COUNTED);
	count += before > 0 ? (unsigned)before : 0;
	size = snprintf(text, sizeof(text), "%u", count);
	if (write_all_at(fd, text, (size_t)size, 0) < 0)
		log_line(request->log, LOG_WARN, "%s: not written", request->tally);
	return count;
}

int crash_loop_check(const struct dump_target_request *request, unsigned here, struct error *e)
{
	unsigned count = request->at_most && request->tally ? add_up(request, here) : here;

	if (!request->at_most || count < request->at_most)
		return 0;
	error_set(e, EDQUOT, "%s: %u dumps in the last %u s%s; the limit is %u (--at-most, --within)", request->where,
		  count, request->within, count > here ? ", with those on earlier targets" : "", request->at_most);
	return error_hint(e, "dmesg-save saves the kernel's log alone.");
}
