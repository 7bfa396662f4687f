#include "dump/savecore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/directory.h"
#include "dump/sink.h"

/* The file that is being copied. */
struct copy {
	struct raw_reader *reader;
	const struct log *log;
	struct savecore_result *result;
	struct sink *sink; /* NULL: none has begun */
	char name[RAWDUMP_NAME];
	bool damaged;
	bool readable; /* what there is of the file can be read */
	uint64_t kept; /* files that are not whole, but readable */
};

/* Ends a file that is not whole: what is there of it stays, under its other name, if it can be read. */
static int cut_off(struct copy *c, struct error *e)
{
	int r;

	if (!c->sink)
		return 0;
	if (c->readable)
		log_line(c->log, LOG_WARN, "%s is not whole; what there is: %s/%s-incomplete", c->name,
			 c->result->directory, c->name);
	else
		log_line(c->log, LOG_WARN, "%s had only begun: there is nothing in it to be read", c->name);
	r = c->readable ? sink_sync(c->sink, e) : 0;
	sink_abort(c->sink);
	sink_destroyp(&c->sink);
	c->result->cut++;
	c->kept += c->readable;
	return r;
}

static int begin(struct copy *c, struct span name, struct error *e)
{
	char *path CLEANUP(free_ptr) = NULL;
	int r = cut_off(c, e);

	if (r < 0)
		return r;
	snprintf(c->name, sizeof(c->name), "%.*s", (int)(name.size < RAWDUMP_NAME ? name.size : RAWDUMP_NAME),
		 (const char *)name.data);
	if (!rawdump_good_name(c->name))
		return error_set(e, EINVAL, "%s: a file of the dump has a name that is refused", c->reader->name);
	if (asprintf(&path, "%s/%s", c->result->directory, c->name) < 0) {
		path = NULL;
		return error_set(e, ENOMEM, "no memory");
	}
	c->damaged = c->readable = false;
	return sink_file_create(path, true, &c->sink, e);
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

/* Text, ELF and flattened files are written in order: what there is of them is readable. A KDUMP file has its sync. */
static bool is_in_order(const struct rawdump_record *record, struct span data)
{
	return record->offset == 0 && (data.size < 8 || memcmp(data.data, "KDUMP   ", 8) != 0);
}

static int take(struct copy *c, const struct rawdump_record *record, struct span data, struct error *e)
{
	switch (record->kind) {
	case RAWDUMP_FILE:
		return begin(c, data, e);
	case RAWDUMP_DATA:
		if (!c->sink)
			return 0;
		c->result->bytes += data.size;
		c->readable |= is_in_order(record, data);
		return sink_put(c->sink, record->offset, data.data, data.size, e);
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
			c->damaged = c->readable = true;
		} else if (r < 0) {
			return r;
		}
		/* Of damaged data nothing is taken: a hole is better than a wrong byte. */
		if (r > 0 && (r = take(c, &record, data, e)) < 0)
			return r;
	}
	return 0;
}

int savecore(struct raw_reader *reader, const char *parent, const struct log *log, struct savecore_result *result,
	     struct error *e)
{
	struct copy c = {.reader = reader, .log = log, .result = result};
	struct error second;
	int r;

	*result = (struct savecore_result){.directory = NULL};
	r = directory_make(parent, reader->super.host, reader->super.crash_time, &result->directory, e);
	if (r < 0)
		return r;
	r = copy_records(&c, e);
	if (r < 0) {
		cut_off(&c, &second);
		return error_context(e, "copying the dump of %s", reader->name);
	}
	r = cut_off(&c, e);
	if (r == 0 && !result->files && !c.kept) {
		result->cut = 0;
		return error_set(e, ENODATA, "%s: the dump had begun, but nothing of it reached the device",
				 reader->name);
	}
	return r;
}
