#include "dump/rawdev/raw_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/file.h"

/* Always EIO: the kernel's ENODATA for a bad sector is no lack of data. */
static int unread(const struct raw_reader *r, uint64_t at, int why, struct error *e)
{
	return error_set(e, EIO, "reading %s at %llu: %s", r->name, (unsigned long long)at, strerror(why));
}

/* Once more where it fails: some failures pass. */
static ssize_t read_block(struct raw_reader *r, size_t to, size_t size, uint64_t at)
{
	ssize_t n = read_all_at(r->fd, r->block + to, size, at);

	return n < 0 ? read_all_at(r->fd, r->block + to, size, at) : n;
}

/* Returns 1, 0 if none is there, or -EIO. */
static int read_super(struct raw_reader *r, uint64_t offset, struct rawdump_super *super, struct error *e)
{
	ssize_t n = read_block(r, 0, RAWDUMP_ALIGN, offset);

	if (n < 0)
		return unread(r, offset, (int)-n, e);
	return n == RAWDUMP_ALIGN && rawdump_read_super(span_of(r->block, (size_t)n), super, &r->crc);
}

/* Whether b counts rather than a: ours before another's; then the newer one, though its number may have wrapped. */
static bool is_better(const struct raw_reader *r, const struct rawdump_super *b, const struct rawdump_super *a)
{
	bool ours = rawdump_is_ours(b, r->owner);

	return ours != rawdump_is_ours(a, r->owner) ? ours : (int64_t)(b->sequence - a->sequence) > 0;
}

int raw_reader_init(struct raw_reader *r, int fd, uint64_t size, const char *name, const struct rawdump_owner *owner,
		    struct error *e)
{
	struct rawdump_super other;
	int found, second;

	*r = (struct raw_reader){.fd = fd, .size = size, .name = name, .owner = owner, .at = RAWDUMP_LOG};
	crc32_init(&r->crc);
	if (posix_memalign((void **)&r->block, RAWDUMP_ALIGN, rawdump_record_size(RAWDUMP_DATA_MAX)) != 0) {
		r->block = NULL;
		return error_set(e, ENOMEM, "no memory");
	}
	found = read_super(r, RAWDUMP_SUPER_0, &r->super, e);
	second = found < 0 ? found : read_super(r, RAWDUMP_SUPER_1, &other, e);
	if (second < 0)
		return second;
	r->second = !found;
	if (second && (!found || is_better(r, &other, &r->super))) {
		r->super = other;
		r->second = true;
		found = 1;
	}
	r->ours = found && rawdump_is_ours(&r->super, owner);
	return found;
}

void raw_reader_deinit(struct raw_reader *r)
{
	free(r->block);
	r->block = NULL;
}

/* Where the log of this dump cannot go beyond. */
static uint64_t log_end(const struct raw_reader *r)
{
	return r->super.log_end && r->super.log_end < r->size ? r->super.log_end : r->size;
}

/* Reads bytes of the log into the block. Returns how many there are; none where it fails. */
static size_t read_log(struct raw_reader *r, size_t to, size_t size, uint64_t at)
{
	ssize_t n = read_block(r, to, size, at);

	if (n >= 0)
		return (size_t)n;
	r->unread = (int)-n;
	return 0;
}

/* Reads the record at an offset, header first. Returns how many bytes of it exist: the header's at least, or 0. */
static size_t read_record(struct raw_reader *r, uint64_t at, struct rawdump_record *record)
{
	size_t n = at < log_end(r) ? read_log(r, 0, RAWDUMP_ALIGN, at) : 0;
	uint64_t room;

	if (n < RAWDUMP_HEADER_SIZE || !rawdump_read_header(span_of(r->block, n), record, r->super.id, &r->crc))
		return 0;
	room = rawdump_record_size(record->size);
	if (room <= n || n < RAWDUMP_ALIGN)
		return n;
	return RAWDUMP_ALIGN + read_log(r, RAWDUMP_ALIGN, room - RAWDUMP_ALIGN, at + RAWDUMP_ALIGN);
}

/* Of a complete dump: the next offset after a damaged header where a record of it lies, or the log's end. */
static void find_next(struct raw_reader *r)
{
	struct rawdump_record record;

	do
		r->at += RAWDUMP_ALIGN;
	while (r->at < log_end(r) && (!read_record(r, r->at, &record) || record.number < r->number));
	r->number = r->at < log_end(r) ? record.number : r->super.records;
}

static int lost(struct raw_reader *r, struct rawdump_record *record, struct error *e)
{
	uint64_t at = r->at, number = r->number;

	*record = (struct rawdump_record){.number = number};
	r->damages += at;
	find_next(r);
	return error_set(e, EILSEQ, "%s is damaged at %llu: %llu of the dump's %llu records are lost", r->name,
			 (unsigned long long)at, (unsigned long long)(r->number - number),
			 (unsigned long long)r->super.records);
}

int raw_reader_next(struct raw_reader *r, struct rawdump_record *record, struct span *data, struct error *e)
{
	bool complete = r->super.log_end != 0;
	size_t there;

	if (complete && r->at >= log_end(r) && r->number >= r->super.records)
		return 0;
	there = read_record(r, r->at, record);
	if (!complete && r->unread)
		return unread(r, r->at, r->unread, e);
	*data = span_of(NULL, 0);
	/* A dump that was cut ends before the first record that is not whole: what follows may depend on it. */
	if (!there || record->number != r->number)
		return complete ? lost(r, record, e) : 0;
	*data = span_part(span_of(r->block, there), RAWDUMP_HEADER_SIZE, record->size);
	if (record->size && (data->size == 0 || crc32_add(&r->crc, 0, data->data, data->size) != record->data_crc)) {
		if (!complete)
			return 0;
		r->damages += r->at;
		error_set(e, EILSEQ, "%s is damaged between %llu and %llu: record %llu has another checksum", r->name,
			  (unsigned long long)r->at, (unsigned long long)(r->at + rawdump_record_size(record->size)),
			  (unsigned long long)r->number);
	} else {
		e->code = 0;
	}
	r->last = r->at;
	r->at += rawdump_record_size(record->size);
	r->number++;
	return e->code ? -EILSEQ : 1;
}

int raw_reader_mark(struct raw_reader *r, enum rawdump_state state, struct error *e)
{
	int times = state == RAWDUMP_SAVED ? 2 : 1, status = 0;

	r->super.state = state;
	while (times-- && status == 0) {
		r->super.sequence++;
		memset(r->block, 0, RAWDUMP_ALIGN);
		rawdump_write_super(r->block, &r->super, &r->crc);
		status = write_all_at(r->fd, r->block, RAWDUMP_ALIGN, r->second ? RAWDUMP_SUPER_0 : RAWDUMP_SUPER_1);
		if (status < 0)
			error_set(e, -status, "writing the superblock on %s: %s", r->name, strerror(-status));
		else if (fsync(r->fd) != 0)
			status = error_errno(e, "syncing %s", r->name);
		r->second = !r->second;
	}
	return status;
}
