#include "dump/target/dump_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/options.h"
#include "dump/target/dump_directory.h"
#include "dump/target/retention.h"
#include "dump/save.h"
#include "sys/blockdev.h"
#include "sys/file.h"

enum { MOST_COUNTED = 1000000 };

static int check_room(const struct dump_target *p, struct error *e)
{
	struct statvfs fs;
	uint64_t free_mib;

	if (p->min_free == 0)
		return 0;
	if (statvfs(p->parent, &fs) != 0)
		return error_errno(e, "asking for the free space of %s", p->parent);
	free_mib = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
	if (free_mib >= p->min_free)
		return 0;
	error_set(e, ENOSPC, "%s: only %llu MiB are free, and %llu MiB are asked for (--min-free)", p->parent,
		  (unsigned long long)free_mib, (unsigned long long)p->min_free);
	return error_hint(e, "Delete old dumps there (--keep does so after each new one), or ask for less.");
}

/* Adds what the targets before hold to this one's count, for the next. What fails is a warning, and no dump's end. */
static unsigned add_up(const struct dump_target *p, unsigned count)
{
	int fd CLEANUP(close_fd) = open(p->tally, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	char text[16] = "";
	long before;
	int size;

	if (fd >= 0)
		read_all_at(fd, text, sizeof(text) - 1, 0);
	before = number_parse(text, MOST_COUNTED);
	count += before > 0 ? (unsigned)before : 0;
	size = snprintf(text, sizeof(text), "%u", count);
	if (write_all_at(fd, text, (size_t)size, 0) < 0)
		log_line(p->log, LOG_WARN, "%s: not written", p->tally);
	return count;
}

/*
 * A machine that crashes again and again shall not spend its time and its disks on the same dump: neither this target's
 * nor, once this one has enough, the next one's.
 */
static int check_loop(const struct dump_target *p, uint64_t crash_time, struct error *e)
{
	unsigned here = p->at_most && p->parent ? retention_recent(p->parent, crash_time, p->within) : 0;
	unsigned count = p->at_most && p->tally ? add_up(p, here) : here;

	if (!p->at_most || count < p->at_most)
		return 0;
	error_set(e, EDQUOT, "%s: %u dumps of the last %u s are there%s, and %u are enough (--at-most, --within)",
		  p->parent ? p->parent : p->device, count, p->within, count > here ? " and on the targets before" : "",
		  p->at_most);
	return error_hint(e, "dmesg-save takes the kernel's log alone.");
}

static void write_result(struct dump_target *p, enum capture_status status, const char *message)
{
	struct error e;

	p->result.status = status;
	snprintf(p->result.message, sizeof(p->result.message), "%s", message);
	if (capture_result_write(&p->result, p->parent, &e) < 0)
		log_line(p->log, LOG_WARN, "the result was not noted: %s", e.text);
}

/* --- a directory -------------------------------------------------------------------------------------------------- */

static int open_directory(struct dump_target *p, const struct dump_identity *identity, struct error *e)
{
	int r = directory_make_parents(p->parent, e);

	/* A target that a loop has filled has no room: that it is one counts first. */
	if (r == 0)
		r = check_loop(p, identity->crash_time, e);
	if (r == 0)
		r = check_room(p, e);
	if (r == 0)
		r = directory_make(p->parent, identity_host(identity), identity->crash_time, &p->directory, e);
	if (r < 0)
		return r;
	snprintf(p->result.directory, sizeof(p->result.directory), "%s", strrchr(p->directory, '/') + 1);
	write_result(p, CAPTURE_RUNNING, "");
	return 0;
}

static int open_file(const struct dump_target *p, const char *name, bool flattened, struct sink **sink, struct error *e)
{
	struct save_options options = {.replace = true, .flattened = flattened};
	char *path CLEANUP(free_ptr) = NULL;

	if (asprintf(&path, "%s/%s", p->directory, name) < 0) {
		path = NULL;
		return error_set(e, ENOMEM, "no memory");
	}
	return save_open_target(path, &options, sink, e);
}

static void close_directory(struct dump_target *p, enum capture_status status, const char *message)
{
	struct error e;

	/* It may have failed before the crash's time was known, or the directory made; the write tells if it is not. */
	if (p->result.time == 0)
		p->result.time = (uint64_t)time(NULL);
	directory_make_parents(p->parent, &e);
	write_result(p, status, message);
	if (p->keep && p->directory && p->saved &&
	    retention_apply(p->parent, p->result.directory, p->keep, p->log, &e) < 0)
		log_line(p->log, LOG_WARN, "old dumps stay: %s", e.text);
	free(p->directory);
	p->directory = NULL;
}

/* --- a device ----------------------------------------------------------------------------------------------------- */

bool dump_target_is_device(const char *target)
{
	struct stat st;

	return blockdev_is_tag(target) || (stat(target, &st) == 0 && S_ISBLK(st.st_mode));
}

static int open_device(struct dump_target *p, const struct dump_identity *identity, struct error *e)
{
	int r = check_loop(p, identity->crash_time, e);

	if (r == 0)
		r = raw_device_open(p->device, p->disposable ? RAW_DISPOSABLE : RAW_DUMP, &p->raw, e);
	if (r < 0)
		return r;
	return raw_writer_open(p->raw.fd, p->raw.size, p->raw.path, identity_host(identity), identity->crash_time,
			       p->replace, &p->writer, e);
}

static int open_record(struct dump_target *p, const char *name, bool flattened, struct sink **sink, struct error *e)
{
	struct sink *bottom;
	int r = raw_writer_file(p->writer, name, &bottom, e);

	return r < 0 ? r : save_wrap_sink(bottom, flattened, sink, e);
}

/* --- either ------------------------------------------------------------------------------------------------------- */

int dump_target_open(struct dump_target *p, const struct dump_identity *identity, struct error *e)
{
	p->result.time = identity->crash_time;
	p->raw.fd = -1;
	return p->device ? open_device(p, identity, e) : open_directory(p, identity, e);
}

const char *dump_target_name(const struct dump_target *p)
{
	return p->device ? p->raw.path : p->directory;
}

int dump_target_file(struct dump_target *p, const char *name, bool flattened, struct sink **sink, struct error *e)
{
	return p->device ? open_record(p, name, flattened, sink, e) : open_file(p, name, flattened, sink, e);
}

int dump_target_complete(struct dump_target *p, struct error *e)
{
	return p->writer ? raw_writer_complete(p->writer, e) : 0;
}

void dump_target_remove(struct dump_target *p, const char *name)
{
	char *path CLEANUP(free_ptr) = NULL;

	if (asprintf(&path, "%s/%s", p->directory, name) < 0)
		path = NULL;
	else
		unlink(path);
}

int dump_target_put_log(struct dump_target *p, struct kernel *kernel, uint64_t *records, uint64_t *damaged,
			struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	int r = dump_target_file(p, "vmcore-dmesg.txt", false, &sink, e);

	return r < 0 ? r : save_log(kernel, sink, NULL, records, damaged, e);
}

int dump_target_put_text(struct dump_target *p, const char *name, struct span text, struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	int r = dump_target_file(p, name, false, &sink, e);

	if (r == 0)
		r = sink_put(sink, 0, text.data, text.size, e);
	if (r == 0)
		r = sink_commit(sink, text.size, e);
	return r;
}

void dump_target_close(struct dump_target *p, enum capture_status status, const char *message)
{
	if (p->device && p->raw.path[0])
		close_fd(&p->raw.fd);
	raw_writer_closep(&p->writer);
	if (!p->device)
		close_directory(p, status, message);
}
