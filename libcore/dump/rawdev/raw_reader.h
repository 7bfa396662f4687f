/*
 * The dump that a raw device holds, record by record, each checked.
 */
#ifndef DUMP_RAWDEV_RAW_READER_H
#define DUMP_RAWDEV_RAW_READER_H

#include "base/error.h"
#include "fmt/rawdump.h"

struct raw_reader {
	int fd;
	uint64_t size;
	const char *name;
	struct crc32 crc;
	const struct rawdump_owner *owner;
	struct rawdump_super super; /* the newer of the two; one that counts comes before one that does not */
	bool ours;                  /* it counts */
	bool second;                /* it is the second one, or there is none: the next goes to the first one's place */
	uint64_t at;                /* where the next record is looked for */
	uint64_t number;            /* the number that it must have */
	uint64_t last;              /* where the last record lay */
	int unread;                 /* errno of the last read of the log that failed, and counts as damage; or 0 */
	uint64_t damages;           /* sum of the places that were damaged or not read: who reads twice compares it */
	uint8_t *block;
};

/*
 * Reads the superblocks. fd is open for reading and stays the caller's; size: bytes of the device; name is for
 * messages. owner: whose dumps count, borrowed; NULL: all. Returns 1 where there is a dump, ours or not, saved or not
 * (super.state), 0 where there is none, or a negative errno, also if either superblock cannot be read. The caller calls
 * raw_reader_deinit in any case.
 */
int raw_reader_init(struct raw_reader *reader, int fd, uint64_t size, const char *name,
		    const struct rawdump_owner *owner, struct error *e);
void raw_reader_deinit(struct raw_reader *reader);

/*
 * The next record, from the first one on. *data is borrowed until the next call. Returns 1; 0 at the log's end; or
 * -EILSEQ with the offset named in *e where a dump that was complete is damaged: *record is then that of damaged data
 * (its data as it was read), or has kind 0 where one record or more are lost. The walk can go on after it. In a
 * complete dump what cannot be read counts as damaged, and is noted in unread; in one that was cut it is -EIO, since
 * nothing tells it from the end.
 */
int raw_reader_next(struct raw_reader *reader, struct rawdump_record *record, struct span *data, struct error *e);

/*
 * Writes the superblock with another state over the older of the two, so that one of them is always whole; synced. A
 * dump that is saved is marked in both: swapping may overwrite either of them. fd must be open for writing, too.
 * Returns 0 or a negative errno.
 */
int raw_reader_mark(struct raw_reader *reader, enum rawdump_state state, struct error *e);

#endif
