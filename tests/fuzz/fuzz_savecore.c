/*
 * A whole savecore of a forged device, with its repair of damaged files, then dump-info of what it made. The checksums
 * are right unless the input wants otherwise, or nothing would ever be looked at. Whatever the device holds: files have
 * mode 0600 and one of their three names, no error is without words, and nothing is written beside the new directory.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "dump/dump_summary.h"
#include "dump/info.h"
#include "dump/rawdev/raw_savecore.h"
#include "dump/target/retention.h"
#include "fmt/elf.h"
#include "fmt/kdump_format.h"
#include "fuzz/input.h"
#include "fuzz/scratch.h"
#include "sys/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEVICE = 4 << 20, FILE_MOST = 8 << 20, DATA_MOST = 16384, RECORDS = 200 };

/* --- what a record's data may be; each returns its size --- */

static size_t put_kdump(struct span *in, uint8_t *out)
{
	struct kdump_header header = {.block_size = 4096,
				      .max_pfn = take_le16(in),
				      .notes_size = SUMMARY_NOTE_SIZE,
				      .notes_offset = 4096 + KDUMP_SUB_HEADER_SIZE,
				      .time = 5};
	struct dump_stats stats = {.begun = true};

	memset(out, 0, 12288);
	kdump_write_header(out, &header);
	kdump_write_sub_header(out + 4096, &header);
	for (int p = 0; p < NR_PAGE_PRIORITIES; p++)
		stats.by_priority[p] = take_byte(in);
	summary_write_note(out + 4096 + KDUMP_SUB_HEADER_SIZE, &stats, 31, take_byte(in) & 1);
	return 12288;
}

static uint64_t take_shifted(struct span *in)
{
	uint64_t value = take_le16(in);

	return value << take_byte(in) % 50;
}

static size_t put_elf(struct span *in, uint8_t *out)
{
	struct elf_header header = {
		.machine = ELF_MACHINE_X86_64, .phoff = ELF_HEADER_SIZE, .phnum = take_byte(in) % 8};
	struct dump_stats stats = {.begun = true};

	memset(out, 0, 4096);
	elf_write_header(out, &header);
	for (uint32_t i = 0; i < header.phnum; i++) {
		uint64_t offset = take_shifted(in), length = take_shifted(in);
		struct elf_phdr phdr = {.type = take_byte(in) % 3 ? ELF_PT_LOAD : ELF_PT_NOTE,
					.offset = offset,
					.paddr = offset,
					.filesz = length,
					.memsz = length};

		elf_write_phdr(out + ELF_HEADER_SIZE + (size_t)i * ELF_PHDR_SIZE, &phdr);
	}
	summary_write_note(out + 1024, &stats, 31, true);
	return 4096;
}

static size_t put_descriptors(struct span *in, uint8_t *out)
{
	size_t size = 0;

	for (int n = take_byte(in) % 16; n >= 0; n--, size += KDUMP_DESC_SIZE) {
		uint64_t offset = take_shifted(in);
		uint32_t length = take_le16(in);

		kdump_write_desc(out + size, offset, length, take_byte(in) % 3);
	}
	return size;
}

static size_t put_filled(struct span *in, uint8_t *out)
{
	size_t size = 1 + take_le16(in) % 8192;

	memset(out, take_byte(in), size);
	return size;
}

static size_t put_flattened(struct span *in, uint8_t *out)
{
	(void)in;
	memset(out, 0, 112);
	memcpy(out, "makedumpfile", 12);
	return 112;
}

static size_t put_bytes(struct span *in, uint8_t *out)
{
	size_t size = take_byte(in);

	for (size_t i = 0; i < size; i++)
		out[i] = take_byte(in);
	return size;
}

static size_t put_data(struct span *in, uint8_t *out)
{
	static size_t (*const kinds[])(struct span * in, uint8_t * out) = {put_kdump,  put_elf,         put_flattened,
									   put_filled, put_descriptors, put_bytes};

	return kinds[take_byte(in) % 6](in, out);
}

/* --- the device --- */

static struct crc32 crc;
static int device_fd = -1;

static uint64_t data_offset(struct span *in)
{
	uint8_t kind = take_byte(in);
	uint64_t value = take_le16(in);

	if (kind < 128)
		return value * (kind & 1 ? 4096 : 1);
	if (kind < 140)
		return (kind < 130 ? UINT64_MAX : (uint64_t)INT64_MAX) - value;
	return value * KDUMP_DESC_SIZE;
}

static size_t fill_record(struct rawdump_record *r, struct span *in, uint8_t *data)
{
	static const char *const names[] = {
		"vmcore", "vmcore-dmesg.txt", "vmcore-info.txt", "unnamed-1", "x", "vmcore-incomplete", "../y", ""};
	size_t size = 0;

	if (r->kind == RAWDUMP_FILE) {
		const char *name = names[take_byte(in) % 8];

		size = strlen(name);
		memcpy(data, name, size);
	} else if (r->kind == RAWDUMP_DATA) {
		size = put_data(in, data);
		r->offset = data_offset(in);
	} else if (r->kind == RAWDUMP_END) {
		r->offset = take_le16(in);
		r->offset <<= take_byte(in) % 8 ? 4 : 46;
	}
	return size;
}

/* Bits of a record's first byte: damaged data, lost records before it, a damaged header, a gap after it. */
enum { BAD_DATA = 0x10, LOST = 0x20, BAD_HEADER = 0x40, GAP = 0x80 };

static uint64_t put_record(struct span *in, uint64_t at, uint64_t *number)
{
	static const uint8_t id[RAWDUMP_ID];
	static uint8_t block[RAWDUMP_HEADER_SIZE + DATA_MOST];
	uint8_t first = take_byte(in), *data = block + RAWDUMP_HEADER_SIZE;
	struct rawdump_record r = {.kind = 1 + first % 4, .file = 1 + take_byte(in) % 3};

	r.size = (uint32_t)fill_record(&r, in, data);
	r.data_crc = crc32_add(&crc, 0, data, r.size) + (first & BAD_DATA ? 1 : 0);
	r.number = *number + (first & LOST ? take_byte(in) : 0);
	rawdump_write_header(block, &r, id, &crc);
	if (first & BAD_HEADER)
		block[9] ^= 1;
	if (write_all_at(device_fd, block, RAWDUMP_HEADER_SIZE + r.size, at) < 0)
		abort();
	*number = r.number + 1;
	return at + rawdump_record_size(r.size) + (first & GAP ? RAWDUMP_ALIGN : 0);
}

static void put_device(struct span in, uint64_t *crash_time)
{
	struct rawdump_super super = {.sequence = take_byte(&in), .state = RAWDUMP_WRITING + take_byte(&in) % 3};
	uint8_t block[RAWDUMP_ALIGN] = {0}, mode;
	uint64_t at = RAWDUMP_LOG, number = 0;

	super.crash_time = *crash_time = take_le16(&in);
	mode = take_byte(&in);
	for (int i = 0; i < 4; i++)
		super.host[i] = (char)take_byte(&in);
	if (ftruncate(device_fd, 0) != 0 || ftruncate(device_fd, DEVICE) != 0)
		abort();
	for (int n = 0; in.size && n < RECORDS && at + 40960 < DEVICE; n++)
		at = put_record(&in, at, &number);
	super.log_end = mode & 1 ? 0 : at;
	super.records = mode & 2 ? number + 3 : number;
	rawdump_write_super(block, &super, &crc);
	if (write_all_at(device_fd, block, RAWDUMP_SUPER_SIZE, mode & 4 ? RAWDUMP_SUPER_1 : RAWDUMP_SUPER_0) < 0)
		abort();
}

/* --- what came of it --- */

static void check_file(const char *directory, const char *name)
{
	struct dump_info info;
	char path[PATH_MAX];
	struct error e;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (name[0] == '.' || strstr(name, "-starting") || lstat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 07777) != 0600)
		abort();
	dump_info_read(path, &info, &e);
}

static void check_directory(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			check_file(directory, entry->d_name);
	if (dir)
		closedir(dir);
}

/* The only thing below the scratch directory. */
static void check_alone(const char *directory, uint64_t crash_time)
{
	DIR *dir = opendir(scratch);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && (!directory || !strstr(directory, entry->d_name)))
			abort();
	if (dir)
		retention_recent(dirfd(dir), crash_time, 100);
	if (dir)
		closedir(dir);
}

static void line(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	if (!text[0])
		abort();
}

static void begin(void)
{
	struct rlimit most = {FILE_MOST, FILE_MOST};

	if (!make_scratch())
		return;
	signal(SIGXFSZ, SIG_IGN);
	device_fd = memfd_create("device", 0);
	if (device_fd < 0 || setrlimit(RLIMIT_FSIZE, &most) != 0)
		abort();
	crc32_init(&crc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct savecore_result result = {.directory = NULL};
	const struct log log = {.line = line};
	struct raw_reader reader;
	uint64_t crash_time;
	struct error e;

	begin();
	put_device(span_of(data, size), &crash_time);
	if (raw_reader_init(&reader, device_fd, DEVICE, "device", NULL, &e) == 1) {
		e.text[0] = 0;
		if (savecore(&reader, scratch, &log, &result, &e) < 0 && !e.text[0])
			abort();
		check_alone(result.directory, crash_time);
		if (result.directory)
			check_directory(result.directory);
		free(result.directory);
		free(result.saving);
	}
	raw_reader_deinit(&reader);
	clear_directory(scratch);
	return 0;
}
