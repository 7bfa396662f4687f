#include "dump/target/capture_result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dump/sink/sink.h"
#include "dump/target/dump_directory.h"
#include "sys/file.h"

enum { FILE_MAX = 4096 };

static const char names[][9] = {"running", "saved", "degraded", "failed"};

const char *capture_status_name(enum capture_status status)
{
	return names[status];
}

/* One line, without the bytes that a terminal would act on. */
static void copy_text(char *out, size_t size, struct span value)
{
	size_t n = value.size < size - 1 ? value.size : size - 1;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = value.data[i];

		out[i] = c == '\n' ? ' ' : c < ' ' || c == 127 ? '?' : (char)c;
	}
	out[n] = 0;
}

static int parse_status(struct capture_result *result, const char *text, struct error *e)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		result->status = (enum capture_status)i;
		return 1;
	}
	return error_set(e, EINVAL, "'%.32s' is no status of a capture", text);
}

static int parse_time(struct capture_result *result, const char *text, struct error *e)
{
	char *end;

	errno = 0;
	result->time = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno)
		return error_set(e, EINVAL, "'%.32s' is no time in seconds", text);
	return 0;
}

/* Returns 1 for the status, 0 for any other option, -EINVAL. */
static int parse_line(struct capture_result *result, struct span line, struct error *e)
{
	const uint8_t *blank = line.size ? memchr(line.data, ' ', line.size) : NULL;
	size_t length = blank ? (size_t)(blank - line.data) : line.size;
	char name[16], value[sizeof(result->message)];

	copy_text(name, sizeof(name), span_part(line, 0, length));
	copy_text(value, sizeof(value), span_part(line, length + 1, line.size - length - (blank != NULL)));
	if (strcmp(name, "status") == 0)
		return parse_status(result, value, e);
	if (strcmp(name, "time") == 0)
		return parse_time(result, value, e);
	if (strcmp(name, "message") == 0)
		memcpy(result->message, value, sizeof(value));
	if (strcmp(name, "directory") != 0)
		return 0;
	/* It becomes part of a path. */
	if (value[0] == '.' || strchr(value, '/') || strlen(value) >= sizeof(result->directory))
		return error_set(e, EINVAL, "'%.64s' is no name of a dump's directory", value);
	memcpy(result->directory, value, sizeof(result->directory));
	return 0;
}

int capture_result_parse(struct capture_result *result, struct span text, struct error *e)
{
	bool have_status = false;

	*result = (struct capture_result){.status = CAPTURE_RUNNING};
	while (text.size) {
		const uint8_t *newline = memchr(text.data, '\n', text.size);
		size_t length = newline ? (size_t)(newline - text.data) : text.size;
		int r = parse_line(result, span_part(text, 0, length), e);

		if (r < 0)
			return r;
		have_status = have_status || r > 0;
		length += newline != NULL;
		text = span_of(text.data + length, text.size - length);
	}
	return have_status ? 0 : error_set(e, EINVAL, "it has no line 'status'");
}

int capture_result_read(struct capture_result *result, int parent, struct error *e)
{
	char text[FILE_MAX];
	struct stat st;
	int fd CLEANUP(close_fd) = -1;
	ssize_t n;

	if (fstatat(parent, CAPTURE_RESULT, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return error_errno(e, CAPTURE_RESULT);
	/* In a directory that others can write to it may be anything. */
	if (!S_ISREG(st.st_mode) || !directory_trusts(parent, st.st_uid))
		return error_set(e, EPERM, CAPTURE_RESULT " is not a file of root's");
	fd = openat(parent, CAPTURE_RESULT, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, CAPTURE_RESULT);
	n = read_all_at(fd, text, sizeof(text), 0);
	return n < 0 ? error_set(e, (int)-n, CAPTURE_RESULT ": %s", strerror((int)-n))
		     : capture_result_parse(result, span_of(text, (size_t)n), e);
}

/* Where others can write, they can take our names. A directory that is not empty is all that cannot be removed. */
static void clear_names(int parent)
{
	static const char *const taken[] = {CAPTURE_RESULT, CAPTURE_RESULT "-incomplete", CAPTURE_RESULT "-starting"};
	struct timespec now;
	struct stat st;
	char aside[48];

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (fstatat(parent, taken[i], &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISREG(st.st_mode) ||
		    unlinkat(parent, taken[i], S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == 0)
			continue;
		clock_gettime(CLOCK_REALTIME, &now);
		snprintf(aside, sizeof(aside), CAPTURE_RESULT "-not-ours-%09ld", now.tv_nsec);
		renameat(parent, taken[i], parent, aside);
	}
}

int capture_result_write(const struct capture_result *result, int parent, const char *where, struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	char text[sizeof(*result) + 128], message[sizeof(result->message)];
	char *path CLEANUP(free_ptr) = NULL;
	int size, r;

	copy_text(message, sizeof(message), span_of(result->message, strlen(result->message)));
	size = snprintf(text, sizeof(text), "status %s\ntime %llu\n%s%s%s%s%s%s", names[result->status],
			(unsigned long long)result->time, result->directory[0] ? "directory " : "", result->directory,
			result->directory[0] ? "\n" : "", message[0] ? "message " : "", message,
			message[0] ? "\n" : "");
	if (asprintf(&path, "%s/" CAPTURE_RESULT, where) < 0) {
		path = NULL;
		return error_set(e, ENOMEM, "no memory");
	}
	clear_names(parent);
	r = sink_file_create(parent, path, true, &sink, e);
	if (r == 0)
		r = sink_put(sink, 0, text, (size_t)size, e);
	if (r == 0)
		r = sink_commit(sink, (uint64_t)size, e);
	else if (sink)
		sink_abort(sink);
	return r;
}
