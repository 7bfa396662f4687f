/*
 * A raw device with any content: the reader ends, and hands out nothing beyond what it has read; a forged dump, which
 * has not the installation's token, never counts. The checksums are made right, or nothing would ever be looked at:
 * each 16 bytes of input are a record's fields.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dump/rawdev/raw_reader.h"
#include "sys/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEVICE = 1 << 20, FIELDS = 16, RECORDS = 64 };

static void put_super(int fd, const uint8_t *fields, const struct crc32 *crc)
{
	struct rawdump_super super = {.sequence = fields[0],
				      .state = RAWDUMP_WRITING + fields[1] % 3,
				      .log_end = RAWDUMP_LOG + (uint64_t)get_le16(fields + 2) * 64,
				      .records = get_le16(fields + 4)};
	uint8_t block[RAWDUMP_ALIGN] = {0};

	memcpy(super.token, fields + 8, 8);
	if (fields[6] & 1)
		super.log_end = fields[6] & 2 ? UINT64_MAX - 4095 : 0;
	rawdump_write_super(block, &super, crc);
	if (write_all_at(fd, block, sizeof(block), fields[7] & 1 ? RAWDUMP_SUPER_0 : RAWDUMP_SUPER_1) < 0)
		abort();
}

static void put_records(int fd, const uint8_t *data, size_t size, const struct crc32 *crc)
{
	static const uint8_t id[RAWDUMP_ID];
	uint64_t at = RAWDUMP_LOG, number = 0;

	for (int i = 0; i < RECORDS && size >= FIELDS && at + RAWDUMP_HEADER_SIZE < DEVICE; i++) {
		struct rawdump_record record = {.kind = data[0],
						.number = number++ + data[1] / 128,
						.offset = get_le64(data + 2),
						.size = get_le32(data + 10) >> data[14] % 32,
						.data_crc = data[15] ? crc32_of("", 0) : 1};
		uint8_t header[RAWDUMP_HEADER_SIZE];

		rawdump_write_header(header, &record, id, crc);
		if (write_all_at(fd, header, sizeof(header), at) < 0)
			abort();
		at += RAWDUMP_ALIGN * (1 + data[1] % 4);
		data += FIELDS;
		size -= FIELDS;
	}
}

static void check_forged(int fd)
{
	static const struct rawdump_owner owner = {.tokens = "01234567-89ab-cdef-0123-456789abcdef"};
	struct raw_reader reader;
	struct error e;

	if (raw_reader_init(&reader, fd, DEVICE, "device", &owner, &e) == 1 && reader.ours)
		abort();
	raw_reader_deinit(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("device", 0);
	struct rawdump_record record;
	struct raw_reader reader;
	struct crc32 crc;
	struct span part;
	struct error e;
	int steps = 0;

	if (fd < 0 || ftruncate(fd, DEVICE) != 0)
		abort();
	crc32_init(&crc);
	if (size >= FIELDS) {
		put_super(fd, data, &crc);
		put_records(fd, data + FIELDS, size - FIELDS, &crc);
	}
	if (raw_reader_init(&reader, fd, DEVICE, "device", NULL, &e) == 1)
		while (raw_reader_next(&reader, &record, &part, &e) != 0)
			if (part.size > RAWDUMP_DATA_MAX || ++steps > 2 * DEVICE / RAWDUMP_ALIGN)
				abort();
	raw_reader_deinit(&reader);
	check_forged(fd);
	close(fd);
	return 0;
}
