#include "dump/rawdev/raw_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"

enum { PIECE = 256 << 10 }; /* bytes of data in one record at most: what sink_buffer hands down at once */

struct raw_writer {
	int fd;
	uint64_t size;
	const char *name;
	struct crc32 crc;
	struct rawdump_super super;
	bool second;     /* the next superblock goes to RAWDUMP_SUPER_1 */
	uint64_t at;     /* where the next record goes */
	uint64_t number; /* and its number */
	uint32_t file;   /* the number of the file that is being written */
	uint8_t *block;  /* a record on its way, aligned for O_DIRECT */
};

struct raw_sink {
	struct sink sink;
	struct raw_writer *writer;
	bool synced; /* once at least */
};

static int write_block(struct raw_writer *w, uint64_t offset, size_t size, const char *what, struct error *e)
{
	int r = write_all_at(w->fd, w->block, size, offset);

	return r < 0 ? error_set(e, -r, "writing %s on %s at %llu: %s", what, w->name, (unsigned long long)offset,
				 strerror(-r))
		     : 0;
}

static int sync_device(struct raw_writer *w, struct error *e)
{
	return fsync(w->fd) != 0 ? error_errno(e, "syncing %s", w->name) : 0;
}

/* --- superblocks -------------------------------------------------------------------------------------------------- */

/* Over the older of the two, so that one of them is always whole. */
static int put_super(struct raw_writer *w, enum rawdump_state state, struct error *e)
{
	int r;

	w->super.state = state;
	w->super.sequence++;
	memset(w->block, 0, RAWDUMP_ALIGN);
	rawdump_write_super(w->block, &w->super, &w->crc);
	r = write_block(w, w->second ? RAWDUMP_SUPER_1 : RAWDUMP_SUPER_0, RAWDUMP_ALIGN, "the superblock", e);
	w->second = !w->second;
	return r < 0 ? r : sync_device(w, e);
}

static bool read_super(struct raw_writer *w, uint64_t offset, struct rawdump_super *super)
{
	ssize_t n = read_all_at(w->fd, w->block, RAWDUMP_ALIGN, offset);

	return n == RAWDUMP_ALIGN && rawdump_read_super(span_of(w->block, (size_t)n), super, &w->crc);
}

/* Takes over the number that the superblocks have come to. */
static int look_at_last(struct raw_writer *w, bool replace, struct error *e)
{
	struct rawdump_super first, second, *newest = NULL;

	if (read_super(w, RAWDUMP_SUPER_0, &first)) {
		newest = &first;
		w->second = true;
	}
	if (read_super(w, RAWDUMP_SUPER_1, &second) && (!newest || second.sequence > newest->sequence)) {
		newest = &second;
		w->second = false;
	}
	if (!newest)
		return 0;
	w->super.sequence = newest->sequence;
	if (newest->state != RAWDUMP_COMPLETE || replace)
		return 0;
	error_set(e, EEXIST, "%s holds a dump that was not saved yet", w->name);
	return error_hint(e, "'savecore' saves it after a boot; -f replaces it.");
}

static void make_id(struct rawdump_super *super)
{
	/* Early in a boot there may be no entropy yet: the time and the address of a variable still differ. */
	if (getrandom(super->id, RAWDUMP_ID, GRND_NONBLOCK) != RAWDUMP_ID) {
		put_le64(super->id, super->crash_time ^ super->sequence << 32);
		put_le64(super->id + 8, (uint64_t)(uintptr_t)super);
	}
}

/* --- records ------------------------------------------------------------------------------------------------------ */

static int put_record(struct raw_writer *w, enum rawdump_kind kind, uint64_t offset, const void *data, uint32_t size,
		      struct error *e)
{
	uint64_t room = rawdump_record_size(size);
	struct rawdump_record record = {
		.kind = kind,
		.number = w->number,
		.file = w->file,
		.offset = offset,
		.size = size,
		.data_crc = crc32_add(&w->crc, 0, data, size),
	};
	int r;

	if (w->at > w->size || room > w->size - w->at)
		return error_set(e, ENOSPC, "%s is full: it has %llu MiB", w->name, (unsigned long long)w->size >> 20);
	rawdump_write_header(w->block, &record, w->super.id, &w->crc);
	if (size)
		memcpy(w->block + RAWDUMP_HEADER_SIZE, data, size);
	memset(w->block + RAWDUMP_HEADER_SIZE + size, 0, room - RAWDUMP_HEADER_SIZE - size);
	r = write_block(w, w->at, room, "the dump", e);
	if (r < 0)
		return r;
	w->at += room;
	w->number++;
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

/* A file without its end record is incomplete anyway. */
static void abort_sink(struct sink *sink)
{
	(void)sink;
}

static void destroy(struct sink *sink)
{
	free(sink);
}

static const struct sink_ops raw_ops = {
	.put = put, .reserve = reserve, .sync = sync_sink, .commit = commit, .abort = abort_sink, .destroy = destroy};

/* ------------------------------------------------------------------------------------------------------------------ */

int raw_writer_open(int fd, uint64_t size, const char *name, const char *host, uint64_t crash_time, bool replace,
		    struct raw_writer **writer, struct error *e)
{
	struct raw_writer *w CLEANUP(raw_writer_closep) = calloc(1, sizeof(*w));
	int r;

	if (!w || posix_memalign((void **)&w->block, RAWDUMP_ALIGN, PIECE + RAWDUMP_ALIGN) != 0)
		return error_set(e, ENOMEM, "no memory");
	w->fd = fd;
	w->size = size;
	w->name = name;
	w->at = RAWDUMP_LOG;
	crc32_init(&w->crc);
	w->super.crash_time = crash_time;
	strncpy(w->super.host, host, RAWDUMP_NAME - 1);
	if (size < RAWDUMP_LOG + RAWDUMP_ALIGN)
		return error_set(e, ENOSPC, "%s has %llu bytes: too small for a dump", name, (unsigned long long)size);
	r = look_at_last(w, replace, e);
	if (r < 0)
		return r;
	make_id(&w->super);
	r = put_super(w, RAWDUMP_WRITING, e);
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

	w->super.log_end = w->at;
	w->super.records = w->number;
	return r < 0 ? r : put_super(w, RAWDUMP_COMPLETE, e);
}

void raw_writer_closep(struct raw_writer **writer)
{
	if (*writer) {
		free((*writer)->block);
		free(*writer);
	}
	*writer = NULL;
}
