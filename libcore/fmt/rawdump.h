/*
 * A dump on a raw device: two superblocks, then a log of records, each with its own checksums. doc/formats.md describes
 * it. Pure: bytes in, bytes out.
 *
 * The first RAWDUMP_KEEP bytes belong to the device's owner, so that a swap signature survives. A record starts at a
 * multiple of RAWDUMP_ALIGN: header, data, padding. Records are numbered and carry the dump's id: remains of an older
 * dump after the last record cannot be mistaken for the next one. Any prefix of the log that has reached the device is
 * a valid prefix of the files' writes.
 */
#ifndef FMT_RAWDUMP_H
#define FMT_RAWDUMP_H

#include <stdbool.h>

#include "base/crc32.h"
#include "base/span.h"

enum {
	RAWDUMP_KEEP =
		64 << 10, /* bytes at the start that are never written: pages of up to 64 KiB hold swap's header */
	RAWDUMP_SUPER_0 = 64 << 10, /* where the superblocks are */
	RAWDUMP_SUPER_1 = 128 << 10,
	RAWDUMP_LOG = 192 << 10, /* where the first record is */
	RAWDUMP_ALIGN = 4096,
	RAWDUMP_SUPER_SIZE = 512,
	RAWDUMP_HEADER_SIZE = 64,
	RAWDUMP_DATA_MAX = 1 << 20, /* bytes of data in one record */
	RAWDUMP_ID = 16,
	RAWDUMP_TOKEN = 36, /* characters of an installation's token, a random UUID */
	RAWDUMP_NAME = 64,  /* bytes of a host's or file's name with its NUL */
};

enum rawdump_state {
	RAWDUMP_WRITING = 1, /* the log ends with the last whole record */
	RAWDUMP_COMPLETE,    /* the log ends at log_end */
	RAWDUMP_SAVED,       /* copied or discarded: nothing to save */
};

struct rawdump_super {
	uint64_t sequence; /* of two valid superblocks, the higher one counts */
	uint8_t id[RAWDUMP_ID];
	enum rawdump_state state;
	uint64_t crash_time; /* seconds since 1970 */
	uint64_t log_end;    /* where the next record would be, once the dump is complete; else 0 */
	uint64_t records;    /* their number, likewise */
	char host[RAWDUMP_NAME];
	char token[RAWDUMP_TOKEN + 1]; /* of the installation that wrote it; "": it had none */
};

/*
 * Whose dumps count. Programs can have any bytes swapped out onto a swap device, also a superblock; they do not know
 * the installation's token.
 */
struct rawdump_owner {
	char tokens[2 * RAWDUMP_TOKEN +
		    2]; /* the current one, or with a comma also the previous one; "": every dump counts */
	bool without;   /* a dump without a token counts too */
};

enum rawdump_kind {
	RAWDUMP_FILE = 1, /* a file begins; data is its name */
	RAWDUMP_DATA,     /* data of the last file begun, at offset */
	RAWDUMP_END,      /* that file is whole and offset bytes long */
	RAWDUMP_SYNC,     /* its first sync: from here on it is readable wherever it breaks off */
};

struct rawdump_record {
	enum rawdump_kind kind;
	uint64_t number; /* from 0 */
	uint32_t file;   /* number of its file, from 1 */
	uint64_t offset;
	uint32_t size; /* bytes of data */
	uint32_t data_crc;
};

/* Writes a superblock. */
void rawdump_write_super(uint8_t out[RAWDUMP_SUPER_SIZE], const struct rawdump_super *super, const struct crc32 *crc);

/* Reads one; false if it is missing or incomplete. */
bool rawdump_read_super(struct span in, struct rawdump_super *super, const struct crc32 *crc);

/* Writes a record's header. */
void rawdump_write_header(uint8_t out[RAWDUMP_HEADER_SIZE], const struct rawdump_record *record,
			  const uint8_t id[RAWDUMP_ID], const struct crc32 *crc);

/* Reads a header; false if it does not belong to that dump. Ignores the data. */
bool rawdump_read_header(struct span in, struct rawdump_record *record, const uint8_t id[RAWDUMP_ID],
			 const struct crc32 *crc);

/* Whether a dump counts. owner NULL: it does. */
bool rawdump_is_ours(const struct rawdump_super *super, const struct rawdump_owner *owner);

/* Bytes on the device of a record with that much data. */
static inline uint64_t rawdump_record_size(uint32_t data)
{
	return ((uint64_t)RAWDUMP_HEADER_SIZE + data + RAWDUMP_ALIGN - 1) & ~(uint64_t)(RAWDUMP_ALIGN - 1);
}

/* Whether a name is valid in a file record: lower case letters, digits, '.' and '-', not '.' first. */
bool rawdump_good_name(const char *name);

#endif
