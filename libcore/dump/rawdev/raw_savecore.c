#include "dump/rawdev/raw_savecore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dump/target/dump_directory.h"
#include "dump/rawdev/raw_repair.h"
#include "dump/sink/sink.h"

static const uint64_t MOST = (uint64_t)1 << 52; /* no machine has more physical memory */

/* The file that is being copied. */
struct copy {
	struct raw_reader *reader;
	const struct log *log;
	struct savecore_result *result;
	int dir;           /* result->directory, open */
	struct sink *sink; /* NULL: none has begun */
	char name[RAWDUMP_NAME];
	uint32_t file;                /* its number */
	uint64_t first, first_number; /* its first record that there is */
	uint64_t damages;             /* the reader's before it */
	bool headless;                /* which is not the one that names it */
	bool damaged;
	bool flattened;
	bool readable; /* what there is of the file can be read */
	uint64_t kept; /* files that are not whole, but readable */
	bool guessed;  /* the last of them got the name vmcore for what it holds */
};

/* Nothing in what is left of a damaged file shall be taken for more than it is; it has not got its name yet. */
static int repair(const struct copy *c, struct error *e)
{
	struct raw_reader again CLEANUP(raw_reader_deinit);
	char name[RAWDUMP_NAME + 16];
	int fd CLEANUP(close_fd) = -1;
	int r = raw_reader_init(&again, c->reader->fd, c->reader->size, c->reader->name, c->reader->owner, e);

	if (r < 0)
		return r;
	again.at = c->first;
	again.number = c->first_number;
	snprintf(name, sizeof(name), "%s-starting", c->name);
	fd = openat(c->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_errno(e, "opening %s/%s", c->result->directory, name);
	r = raw_repair_file(&(struct raw_repair){.reader = &again,
						 .file = c->file,
						 .headless = c->headless,
						 .fd = fd,
						 .sink = c->sink,
						 .name = c->name,
						 .log = c->log},
			    e);
	/* What only the second look found is not in the copy. */
	if (r == 0 && again.damages != c->reader->damages - c->damages)
		return error_set(e, EIO, "%s, read twice, is damaged in other places", c->reader->name);
	return r;
}

/* Ends a file that is not whole: what is there of it stays, under its other name, if it can be read. */
static int cut_off(struct copy *c, struct error *e)
{
	int r = 0;

	if (!c->sink)
		return 0;
	if (c->readable && c->damaged && !c->flattened)
		r = repair(c, e);
	if (c->readable && r == 0)
		r = sink_sync(c->sink, e);
	if (c->readable && r == 0)
		log_line(c->log, LOG_WARN, "%s is not whole; what there is: %s/%s-incomplete", c->name,
			 c->result->directory, c->name);
	else if (r == 0)
		log_line(c->log, LOG_WARN, "%s had only begun: there is nothing in it to be read", c->name);
	sink_abort(c->sink);
	sink_destroyp(&c->sink);
	c->result->cut++;
	c->kept += c->readable;
	c->guessed = c->readable && c->headless && strcmp(c->name, "vmcore") == 0;
	return r;
}

/* The file that really has this name comes: the one before it, whose name was lost, makes room. */
static int yield_name(struct copy *c, struct error *e)
{
	char to[40];

	snprintf(to, sizeof(to), "unnamed-%u-incomplete", (unsigned)c->file);
	if (renameat(c->dir, "vmcore-incomplete", c->dir, to) != 0)
		return error_errno(e, "%s/vmcore-incomplete", c->result->directory);
	log_line(c->log, LOG_WARN, "it was not the vmcore, and is in %s/%s", c->result->directory, to);
	c->guessed = false;
	return 0;
}

static int begin(struct copy *c, const char *name, uint32_t file, struct error *e)
{
	char *path CLEANUP(free_ptr) = NULL;
	int r = cut_off(c, e);

	if (r == 0 && c->guessed && strcmp(name, "vmcore") == 0)
		r = yield_name(c, e);
	if (r < 0)
		return r;
	c->file = file;
	c->damages = c->reader->damages;
	c->first = c->reader->last;
	c->first_number = c->reader->number - 1;
	snprintf(c->name, sizeof(c->name), "%s", name);
	if (!rawdump_good_name(c->name))
		return error_set(e, ERANGE, "%s: a file of the dump has a name that is refused", c->reader->name);
	if (asprintf(&path, "%s/%s", c->result->directory, c->name) < 0) {
		path = NULL;
		return error_set(e, ENOMEM, "no memory");
	}
	c->damaged = c->headless = c->flattened = c->readable = false;
	return sink_file_create(c->dir, path, true, &c->sink, e);
}

static int end(struct copy *c, uint64_t size, struct error *e)
{
	int r;

	if (!c->sink)
		return 0;
	if (c->damaged)
		return cut_off(c, e);
	r = sink_commit(c->sink, size, e);
	if (r < 0)
		sink_abort(c->sink);
	else
		c->result->files++;
	sink_destroyp(&c->sink);
	return r;
}

static bool starts_with(const struct rawdump_record *record, struct span data, const char *text)
{
	return record->kind == RAWDUMP_DATA && record->offset == 0 && data.size >= strlen(text) &&
	       memcmp(data.data, text, strlen(text)) == 0;
}

/*
 * The record that names the file is lost. A dump is known by its beginning, or because it does not begin with its first
 * byte, as texts do.
 */
static int begin_unnamed(struct copy *c, const struct rawdump_record *record, struct span data, struct error *e)
{
	bool dump = record->kind == RAWDUMP_SYNC || (record->kind == RAWDUMP_DATA && record->offset > 0) ||
		    starts_with(record, data, "KDUMP   ") || starts_with(record, data, "\177ELF") ||
		    starts_with(record, data, "makedumpfile");
	char name[RAWDUMP_NAME];
	int r;

	snprintf(name, sizeof(name), dump ? "vmcore" : "unnamed-%u", (unsigned)record->file);
	r = begin(c, name, record->file, e);
	c->damaged = c->headless = true;
	return r;
}

static int take_data(struct copy *c, const struct rawdump_record *record, struct span data, struct error *e)
{
	c->flattened |= starts_with(record, data, "makedumpfile");
	/* After a gap, flattened records cannot be told from what they hold. */
	if (!c->sink || (c->flattened && c->damaged))
		return 0;
	c->result->bytes += data.size;
	/* Text, ELF and flattened files are written in order: what there is of them is readable. A KDUMP file has its
	 * sync. */
	c->readable |= record->offset == 0 && !starts_with(record, data, "KDUMP   ");
	/* Damaged ones are repaired. */
	c->readable |= c->damaged;
	return sink_put(c->sink, record->offset, data.data, data.size, e);
}

static int take(struct copy *c, const struct rawdump_record *record, struct span data, struct error *e)
{
	char name[RAWDUMP_NAME + 1];
	int r = 0;

	if (record->offset > MOST)
		return error_set(e, ERANGE, "a file of the dump has a size that is refused");
	if (record->kind == RAWDUMP_FILE) {
		snprintf(name, sizeof(name), "%.*s", (int)(data.size < RAWDUMP_NAME ? data.size : RAWDUMP_NAME),
			 (const char *)data.data);
		return begin(c, name, record->file, e);
	}
	if (record->file != c->file)
		r = begin_unnamed(c, record, data, e);
	if (r < 0)
		return r;
	switch (record->kind) {
	case RAWDUMP_FILE:
		break;
	case RAWDUMP_DATA:
		return take_data(c, record, data, e);
	case RAWDUMP_END:
		return end(c, record->offset, e);
	case RAWDUMP_SYNC:
		c->readable = true;
		return 0;
	}
	return 0;
}

static int copy_records(struct copy *c, struct error *e)
{
	struct rawdump_record record;
	struct span data;
	int r;

	while ((r = raw_reader_next(c->reader, &record, &data, e)) != 0) {
		if (r == -EILSEQ) {
			log_line(c->log, LOG_ERROR, "%s", e->text);
			c->result->damages++;
			c->damaged = true;
		} else if (r < 0) {
			return r;
		}
		/* Of damaged data nothing is taken: it is missing, and repair() marks it so. */
		if (r > 0 && (r = take(c, &record, data, e)) < 0)
			return r;
	}
	return 0;
}

/*
 * Makes the directory, or takes that of a run that was killed before it could mark the device: a file in it says whose
 * it is. Returns its descriptor.
 */
static int take_directory(const struct raw_reader *reader, int parent, const char *where,
			  struct savecore_result *result, struct error *e)
{
	int fd CLEANUP(close_fd) = -1;
	char name[32];
	int dir;

	snprintf(name, sizeof(name), "saving-%016llx", (unsigned long long)get_le64(reader->super.id));
	dir = directory_make(parent, where, reader->super.host, reader->super.crash_time, name, &result->directory, e);
	if (dir < 0)
		return dir;
	if (asprintf(&result->saving, "%s/%s", result->directory, name) < 0)
		result->saving = NULL;
	fd = result->saving ? openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		return dir;
	error_errno(e, "creating %s/%s", result->directory, name);
	close(dir);
	return -e->code;
}

int savecore(struct raw_reader *reader, const char *parent, const struct log *log, struct savecore_result *result,
	     struct error *e)
{
	struct copy c = {.reader = reader, .log = log, .result = result};
	struct error second;
	int parent_fd CLEANUP(close_fd) = directory_open(NULL, parent, true, e), dir CLEANUP(close_fd) = -1, r;

	*result = (struct savecore_result){.directory = NULL};
	if (parent_fd < 0)
		return parent_fd;
	c.dir = dir = take_directory(reader, parent_fd, parent, result, e);
	if (dir < 0)
		return dir;
	r = copy_records(&c, e);
	if (r < 0)
		cut_off(&c, &second);
	else
		r = cut_off(&c, e);
	if (r == 0 && reader->unread)
		return error_set(e, EIO, "reading %s: %s", reader->name, strerror(reader->unread));
	if (r == 0 && !result->files && !c.kept) {
		result->cut = 0;
		result->empty = true;
		return error_set(e, ENODATA, "%s: the dump had begun, but nothing of it reached the device",
				 reader->name);
	}
	/* The next time it would be the same. */
	result->empty = r == -ERANGE;
	return r < 0 ? error_context(e, "copying the dump of %s", reader->name) : 0;
}
