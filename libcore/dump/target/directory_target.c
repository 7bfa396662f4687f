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
	char *path; /* PARENT/HOST-YYYY-MM-DD-HHMMSS, or NULL */
	struct capture_result result;
};

static int check_room(const struct dump_target_request *request, struct error *e)
{
	struct statvfs fs;
	uint64_t free_mib;

	if (request->min_free == 0)
		return 0;
	if (statvfs(request->where, &fs) != 0)
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
	if (capture_result_write(&d->result, request->where, &e) < 0)
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
	int r = directory_make_parents(request->where, e);

	d->result.time = time;
	/* A target that a crash loop has filled has no room: the loop is the reason to give. */
	if (r == 0 && request->at_most)
		r = crash_loop_check(request, retention_recent(request->where, time, request->within), e);
	if (r == 0)
		r = check_room(request, e);
	if (r == 0)
		r = directory_make(request->where, identity_host(identity), time, &d->path, e);
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
	char *path CLEANUP(free_ptr) = path_of((struct directory *)target, name);

	return path ? sink_open(path, how | SINK_REPLACE, sink, e) : error_set(e, ENOMEM, "no memory");
}

static void remove_file(struct dump_target *target, const char *name)
{
	char *path CLEANUP(free_ptr) = path_of((struct directory *)target, name);

	if (path)
		unlink(path);
}

static void close_directory(struct dump_target *target, bool saved, enum capture_status status, const char *message)
{
	struct directory *d = (struct directory *)target;
	const struct dump_target_request *request = target->request;
	struct error e;

	/* It may have failed before the crash's time was known, or the directory made; the write tells if it is not. */
	if (d->result.time == 0)
		d->result.time = (uint64_t)time(NULL);
	directory_make_parents(request->where, &e);
	write_result(d, status, message);
	if (request->keep && d->path && saved &&
	    retention_apply(request->where, d->result.directory, request->keep, request->log, &e) < 0)
		log_line(request->log, LOG_WARN, "old dumps were not deleted: %s", e.text);
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
