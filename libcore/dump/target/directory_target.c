/*
 * A directory of its own for each dump, below one that holds them all: it is asked for room first, records how the
 * capture goes, and lets old dumps go only once the new one is whole.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dump/target/dump_directory.h"
#include "dump/target/retention.h"

struct directory {
	struct dump_target target;
	bool has_parent;
	int parent, fd; /* the directory of dumps; this dump's, if path is not NULL */
	char *path;     /* PARENT/HOST-YYYY-MM-DD-HHMMSS, or NULL */
	struct capture_result result;
};

static int open_parent(struct directory *d, struct error *e)
{
	const struct dump_target_request *request = d->target.request;
	int fd;

	if (d->has_parent)
		return 0;
	fd = directory_open(request->root, request->where, true, e);
	if (fd < 0)
		return fd;
	d->parent = fd;
	d->has_parent = true;
	return 0;
}

static int check_room(const struct directory *d, struct error *e)
{
	const struct dump_target_request *request = d->target.request;
	struct statvfs fs;
	uint64_t free_mib;

	if (request->min_free == 0)
		return 0;
	if (fstatvfs(d->parent, &fs) != 0)
		return error_errno(e, "asking for the free space of %s", request->where);
	free_mib = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
	if (free_mib >= request->min_free)
		return 0;
	error_set(e, ENOSPC, "%s: only %llu MiB are free; --min-free asks for %u MiB", request->where,
		  (unsigned long long)free_mib, request->min_free);
	return error_hint(e, "Delete old dumps there (--keep does so after each new one), or ask for less.");
}

static void write_result(struct directory *d, enum capture_status status, const char *message)
{
	const struct dump_target_request *request = d->target.request;
	struct error e;

	d->result.status = status;
	snprintf(d->result.message, sizeof(d->result.message), "%s", message);
	if (open_parent(d, &e) < 0 || capture_result_write(&d->result, d->parent, request->where, &e) < 0)
		log_line(request->log, LOG_WARN, "the result was not recorded: %s", e.text);
}

static bool is_named(const char *where)
{
	size_t length = strlen(where);

	return length && where[length - 1] == '/';
}

/* Makes the directories, and the result file, which says "running" from here on; if it cannot, that is a warning. */
static int open_directory(struct dump_target *target, const struct dump_identity *identity, struct error *e)
{
	struct directory *d = (struct directory *)target;
	const struct dump_target_request *request = target->request;
	uint64_t time = identity->crash_time;
	int r = open_parent(d, e);

	d->result.time = time;
	/* A target that a crash loop has filled has no room: the loop is the reason to give. */
	if (r == 0 && request->at_most)
		r = crash_loop_check(request, retention_recent(d->parent, time, request->within), e);
	if (r == 0)
		r = check_room(d, e);
	if (r == 0)
		r = d->fd = directory_make(d->parent, request->where, identity_host(identity), time, NULL, &d->path, e);
	if (r < 0)
		return r;
	target->name = d->path;
	snprintf(d->result.directory, sizeof(d->result.directory), "%s", strrchr(d->path, '/') + 1);
	write_result(d, CAPTURE_RUNNING, "");
	return 0;
}

static char *path_of(const struct directory *d, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", d->path, name) < 0 ? NULL : path;
}

static int open_file(struct dump_target *target, const char *name, unsigned how, struct sink **sink, struct error *e)
{
	struct directory *d = (struct directory *)target;
	char *path CLEANUP(free_ptr) = path_of(d, name);
	struct sink *bottom = NULL;
	int r = path ? sink_file_create(d->fd, path, true, &bottom, e) : error_set(e, ENOMEM, "no memory");

	return r < 0 ? r : sink_wrap(bottom, how, sink, e);
}

static void remove_file(struct dump_target *target, const char *name)
{
	unlinkat(((struct directory *)target)->fd, name, 0);
}

static void close_directory(struct dump_target *target, bool saved, enum capture_status status, const char *message)
{
	struct directory *d = (struct directory *)target;
	const struct dump_target_request *request = target->request;
	struct error e;

	/* It may have failed before the crash's time was known, or the directory made; the write tells if it is not. */
	if (d->result.time == 0)
		d->result.time = (uint64_t)time(NULL);
	write_result(d, status, message);
	if (request->keep && d->path && saved &&
	    retention_apply(d->parent, request->where, d->result.directory, request->keep, request->log, &e) < 0)
		log_line(request->log, LOG_WARN, "old dumps were not deleted: %s", e.text);
	if (d->path)
		close_fd(&d->fd);
	if (d->has_parent)
		close_fd(&d->parent);
	free(d->path);
}

const struct dump_target_ops directory_target = {
	.size = sizeof(struct directory),
	.is_directory = true,
	.is_named = is_named,
	.open = open_directory,
	.file = open_file,
	.remove = remove_file,
	.close = close_directory,
};
