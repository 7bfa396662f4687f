#include "fmt/rawdump.h"

#include <string.h>

/* Offsets in a superblock. */
enum {
	SUPER_MAGIC = 0,
	SUPER_VERSION = 16,
	SUPER_CRC = 20,
	SUPER_SEQUENCE = 24,
	SUPER_ID = 32,
	SUPER_STATE = 48,
	SUPER_TIME = 56,
	SUPER_END = 64,
	SUPER_RECORDS = 72,
	SUPER_HOST = 80,
	SUPER_TOKEN = 144,
};

/* Offsets in a record's header. */
enum {
	HEADER_MAGIC = 0,
	HEADER_CRC = 4,
	HEADER_ID = 8,
	HEADER_NUMBER = 24,
	HEADER_KIND = 32,
	HEADER_SIZE = 36,
	HEADER_OFFSET = 40,
	HEADER_DATA_CRC = 48,
	HEADER_FILE = 52,
};

static const char super_magic[] = "CRASHBOX RAWDUMP";
static const char header_magic[] = "CBRD";

enum { VERSION = 1 };

/* The checksum of a block, with its own four bytes taken as zeros. */
static uint32_t block_crc(const uint8_t *block, size_t size, size_t at, const struct crc32 *crc)
{
	static const uint8_t zeros[4];
	uint32_t value = crc32_add(crc, 0, block, at);

	value = crc32_add(crc, value, zeros, sizeof(zeros));
	return crc32_add(crc, value, block + at + 4, size - at - 4);
}

void rawdump_write_super(uint8_t out[RAWDUMP_SUPER_SIZE], const struct rawdump_super *super, const struct crc32 *crc)
{
	memset(out, 0, RAWDUMP_SUPER_SIZE);
	memcpy(out + SUPER_MAGIC, super_magic, sizeof(super_magic) - 1);
	put_le32(out + SUPER_VERSION, VERSION);
	put_le64(out + SUPER_SEQUENCE, super->sequence);
	memcpy(out + SUPER_ID, super->id, RAWDUMP_ID);
	put_le32(out + SUPER_STATE, (uint32_t)super->state);
	put_le64(out + SUPER_TIME, super->crash_time);
	put_le64(out + SUPER_END, super->log_end);
	put_le64(out + SUPER_RECORDS, super->records);
	memcpy(out + SUPER_HOST, super->host, strnlen(super->host, RAWDUMP_NAME - 1));
	memcpy(out + SUPER_TOKEN, super->token, RAWDUMP_TOKEN);
	put_le32(out + SUPER_CRC, block_crc(out, RAWDUMP_SUPER_SIZE, SUPER_CRC, crc));
}

bool rawdump_read_super(struct span in, struct rawdump_super *super, const struct crc32 *crc)
{
	const uint8_t *p = in.data;
	uint32_t state;

	if (in.size < RAWDUMP_SUPER_SIZE || memcmp(p, super_magic, sizeof(super_magic) - 1) != 0 ||
	    get_le32(p + SUPER_VERSION) != VERSION ||
	    get_le32(p + SUPER_CRC) != block_crc(p, RAWDUMP_SUPER_SIZE, SUPER_CRC, crc))
		return false;
	state = get_le32(p + SUPER_STATE);
	if (state < RAWDUMP_WRITING || state > RAWDUMP_SAVED)
		return false;
	*super = (struct rawdump_super){
		.sequence = get_le64(p + SUPER_SEQUENCE),
		.state = (enum rawdump_state)state,
		.crash_time = get_le64(p + SUPER_TIME),
		.log_end = get_le64(p + SUPER_END),
		.records = get_le64(p + SUPER_RECORDS),
	};
	memcpy(super->id, p + SUPER_ID, RAWDUMP_ID);
	memcpy(super->host, p + SUPER_HOST, RAWDUMP_NAME - 1);
	memcpy(super->token, p + SUPER_TOKEN, RAWDUMP_TOKEN);
	return true;
}

bool rawdump_is_ours(const struct rawdump_super *super, const struct rawdump_owner *owner)
{
	if (!owner || !owner->tokens[0])
		return true;
	if (!super->token[0])
		return owner->without;
	for (const char *p = owner->tokens; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, super->token, RAWDUMP_TOKEN) == 0)
			return true;
	}
	return false;
}

void rawdump_write_header(uint8_t out[RAWDUMP_HEADER_SIZE], const struct rawdump_record *record,
			  const uint8_t id[RAWDUMP_ID], const struct crc32 *crc)
{
	memset(out, 0, RAWDUMP_HEADER_SIZE);
	memcpy(out + HEADER_MAGIC, header_magic, sizeof(header_magic) - 1);
	memcpy(out + HEADER_ID, id, RAWDUMP_ID);
	put_le64(out + HEADER_NUMBER, record->number);
	put_le32(out + HEADER_KIND, (uint32_t)record->kind);
	put_le32(out + HEADER_SIZE, record->size);
	put_le64(out + HEADER_OFFSET, record->offset);
	put_le32(out + HEADER_DATA_CRC, record->data_crc);
	put_le32(out + HEADER_FILE, record->file);
	put_le32(out + HEADER_CRC, block_crc(out, RAWDUMP_HEADER_SIZE, HEADER_CRC, crc));
}

bool rawdump_read_header(struct span in, struct rawdump_record *record, const uint8_t id[RAWDUMP_ID],
			 const struct crc32 *crc)
{
	const uint8_t *p = in.data;
	uint32_t kind;

	if (in.size < RAWDUMP_HEADER_SIZE || memcmp(p, header_magic, sizeof(header_magic) - 1) != 0 ||
	    memcmp(p + HEADER_ID, id, RAWDUMP_ID) != 0 ||
	    get_le32(p + HEADER_CRC) != block_crc(p, RAWDUMP_HEADER_SIZE, HEADER_CRC, crc))
		return false;
	kind = get_le32(p + HEADER_KIND);
	*record = (struct rawdump_record){
		.kind = (enum rawdump_kind)kind,
		.number = get_le64(p + HEADER_NUMBER),
		.offset = get_le64(p + HEADER_OFFSET),
		.size = get_le32(p + HEADER_SIZE),
		.data_crc = get_le32(p + HEADER_DATA_CRC),
		.file = get_le32(p + HEADER_FILE),
	};
	return kind >= RAWDUMP_FILE && kind <= RAWDUMP_SYNC && record->size <= RAWDUMP_DATA_MAX;
}

bool rawdump_good_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length < RAWDUMP_NAME && name[0] != '.' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == 0;
}
