#include "dump/rawdev/raw_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dump/rawdev/raw_reader.h"
#include "sys/file.h"

enum { PIECE = 256 << 10 }; /* bytes of data in one record at most: what sink_buffer hands down at once */

struct raw_writer {
	struct raw_reader log; /* its superblocks, and where the next record goes */
	uint32_t file;         /* the number of the file that is being written */
};

struct raw_sink {
	struct sink sink;
	struct raw_writer *writer;
	bool synced; /* once at least */
};

static int sync_device(struct raw_writer *w, struct error *e)
{
	return fsync(w->log.fd) != 0 ? error_errno(e, "syncing %s", w->log.name) : 0;
}

/*
 * Nobody must be able to guess it: the records after the last one may be pages that a program had swapped out. Early in
 * a boot there may be no entropy yet; the token is secret, and the rest differs from dump to dump.
 */
static void make_id(struct rawdump_super *super)
{
	if (getrandom(super->id, RAWDUMP_ID, GRND_NONBLOCK) != RAWDUMP_ID) {
		put_le64(super->id, super->crash_time ^ super->sequence << 32);
		put_le64(super->id + 8, (uint64_t)(uintptr_t)super);
	}
	for (int i = 0; i < RAWDUMP_TOKEN; i++)
		super->id[i % RAWDUMP_ID] = (uint8_t)(super->id[i % RAWDUMP_ID] * 31 + super->token[i]);
}

static int put_record(struct raw_writer *w, enum rawdump_kind kind, uint64_t offset, const void *data, uint32_t size,
		      struct error *e)
{
	struct raw_reader *log = &w->log;
	uint64_t room = rawdump_record_size(size);
	struct rawdump_record record = {
		.kind = kind,
		.number = log->number,
		.file = w->file,
		.offset = offset,
		.size = size,
		.data_crc = crc32_add(&log->crc, 0, data, size),
	};
	int r;

	if (log->at > log->size || room > log->size - log->at)
		return error_set(e, ENOSPC, "%s is full: it has %llu MiB", log->name,
				 (unsigned long long)log->size >> 20);
	rawdump_write_header(log->block, &record, log->super.id, &log->crc);
	if (size)
		memcpy(log->block + RAWDUMP_HEADER_SIZE, data, size);
	memset(log->block + RAWDUMP_HEADER_SIZE + size, 0, room - RAWDUMP_HEADER_SIZE - size);
	r = write_all_at(log->fd, log->block, room, log->at);
	if (r < 0)
		return error_set(e, -r, "writing the dump on %s at %llu: %s", log->name, (unsigned long long)log->at,
				 strerror(-r));
	log->at += room;
	log->number++;
	return 0;
}

static int put(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e)
{
	struct raw_writer *w = ((struct raw_sink *)sink)->writer;
	const uint8_t *p = data;

	while (size) {
		uint32_t piece = size < PIECE ? (uint32_t)size : PIECE;
		int r = put_record(w, RAWDUMP_DATA, offset, p, piece, e);

		if (r < 0)
			return r;
		p += piece;
		offset += piece;
		size -= piece;
	}
	return 0;
}

/* The copy that savecore makes has zeros where nothing was put; that it is long enough is all there is to do. */
static int reserve(struct sink *sink, uint64_t offset, uint64_t size, struct error *e)
{
	static const uint8_t zero;

	return size ? put(sink, offset + size - 1, &zero, 1, e) : 0;
}

static int sync_sink(struct sink *sink, struct error *e)
{
	struct raw_sink *s = (struct raw_sink *)sink;
	int r = s->synced ? 0 : put_record(s->writer, RAWDUMP_SYNC, 0, NULL, 0, e);

	if (r < 0)
		return r;
	s->synced = true;
	return sync_device(s->writer, e);
}

static int commit(struct sink *sink, uint64_t size, struct error *e)
{
	struct raw_writer *w = ((struct raw_sink *)sink)->writer;
	int r = put_record(w, RAWDUMP_END, size, NULL, 0, e);

	return r < 0 ? r : sync_device(w, e);
}

static void destroy(struct sink *sink)
{
	free(sink);
}

/* No abort: a file without its end record is incomplete anyway. */
static const struct sink_ops raw_ops = {
	.put = put, .reserve = reserve, .sync = sync_sink, .commit = commit, .destroy = destroy};

/* ------------------------------------------------------------------------------------------------------------------ */

int raw_writer_open(int fd, uint64_t size, const char *name, const struct raw_writer_request *request,
		    struct raw_writer **writer, struct error *e)
{
	struct rawdump_super super = {.crash_time = request->crash_time};
	struct raw_writer *w CLEANUP(raw_writer_closep) = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return error_set(e, ENOMEM, "no memory");
	if (size < RAWDUMP_LOG + RAWDUMP_ALIGN)
		return error_set(e, ENOSPC, "%s has %llu bytes: too small for a dump", name, (unsigned long long)size);
	r = raw_reader_init(&w->log, fd, size, name, request->owner, e);
	if (r < 0)
		return r;
	if (r > 0 && w->log.ours && w->log.super.state == RAWDUMP_COMPLETE && !request->replace) {
		error_set(e, EEXIST, "%s holds a dump that was not saved yet", name);
		return error_hint(e, "'savecore' saves it after a boot; -f replaces it.");
	}
	super.sequence = r > 0 ? w->log.super.sequence : 0;
	strncpy(super.host, request->host, RAWDUMP_NAME - 1);
	if (request->owner)
		memcpy(super.token, request->owner->tokens, RAWDUMP_TOKEN);
	make_id(&super);
	w->log.super = super;
	w->log.owner = NULL; /* it was only borrowed */
	r = raw_reader_mark(&w->log, RAWDUMP_WRITING, e);
	if (r < 0)
		return r;
	*writer = w;
	w = NULL;
	return 0;
}

int raw_writer_file(struct raw_writer *w, const char *name, struct sink **sink, struct error *e)
{
	struct raw_sink *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_set(e, ENOMEM, "no memory");
	s->sink.ops = &raw_ops;
	s->writer = w;
	w->file++;
	r = put_record(w, RAWDUMP_FILE, 0, name, (uint32_t)strlen(name), e);
	if (r < 0) {
		free(s);
		return r;
	}
	*sink = &s->sink;
	return 0;
}

int raw_writer_complete(struct raw_writer *w, struct error *e)
{
	int r = sync_device(w, e);

	w->log.super.log_end = w->log.at;
	w->log.super.records = w->log.number;
	return r < 0 ? r : raw_reader_mark(&w->log, RAWDUMP_COMPLETE, e);
}

void raw_writer_closep(struct raw_writer **writer)
{
	if (*writer) {
		raw_reader_deinit(&(*writer)->log);
		free(*writer);
	}
	*writer = NULL;
}
