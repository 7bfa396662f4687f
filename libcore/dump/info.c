#include "dump/info.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "dump/dump_summary.h"
#include "dump/vmcore.h"
#include "fmt/elf.h"
#include "fmt/vmcoreinfo.h"
#include "sys/file.h"

enum { CHUNK = 64 << 10, MOST_NOTES = 16 << 20 };

struct reader {
	int fd;
	uint8_t *chunk; /* CHUNK bytes */
	struct dump_info *info;
};

/* Counts the bits of a bitmap; a file that ends inside is incomplete. */
static int count_bits(struct reader *r, uint64_t offset, uint64_t size, uint64_t *bits, struct error *e)
{
	*bits = 0;
	for (uint64_t pos = 0; pos < size;) {
		size_t want = size - pos < CHUNK ? (size_t)(size - pos) : CHUNK;
		ssize_t n = read_all_at(r->fd, r->chunk, want, offset + pos);

		if (n < 0)
			return error_set(e, (int)-n, "reading a bitmap: %s", strerror((int)-n));
		for (ssize_t i = 0; i < n; i++)
			*bits += (unsigned)__builtin_popcount(r->chunk[i]);
		if ((size_t)n < want) {
			r->info->incomplete = true;
			return 0;
		}
		pos += want;
	}
	return 0;
}

/*
 * Page data lies after the table and inside the file; all else is a page without data. What is shared, the page of
 * zeros, is the first that was stored.
 */
static void count_desc(struct dump_info *info, const uint8_t *desc, uint64_t data, bool *first_seen)
{
	uint64_t offset = get_le64(desc);
	uint32_t size = get_le32(desc + 8), flags = get_le32(desc + 12);

	if (offset < data || size == 0 || offset > info->size || size > info->size - offset) {
		info->missing++;
		if (offset)
			info->incomplete = true;
	} else if (offset == data && *first_seen) {
		info->shared++;
	} else if (flags == KDUMP_PAGE_RAW) {
		info->raw++;
	} else {
		info->compressed++;
	}
	*first_seen |= offset == data;
}

static int count_descs(struct reader *r, const struct kdump_layout *at, struct error *e)
{
	enum { STEP = CHUNK / KDUMP_DESC_SIZE };
	bool first_seen = false;

	for (uint64_t i = 0; i < r->info->dumped;) {
		size_t want = r->info->dumped - i < STEP ? (size_t)(r->info->dumped - i) : STEP;
		ssize_t n = read_all_at(r->fd, r->chunk, want * KDUMP_DESC_SIZE, at->descs + i * KDUMP_DESC_SIZE);

		if (n < 0)
			return error_set(e, (int)-n, "reading descriptors: %s", strerror((int)-n));
		for (size_t d = 0; d < (size_t)n / KDUMP_DESC_SIZE; d++)
			count_desc(r->info, r->chunk + d * KDUMP_DESC_SIZE, at->data, &first_seen);
		if ((size_t)n < want * KDUMP_DESC_SIZE) {
			r->info->incomplete = true;
			r->info->missing += r->info->dumped - i - (size_t)n / KDUMP_DESC_SIZE;
			return 0;
		}
		i += want;
	}
	return 0;
}

/* Our note is among the ELF notes, whose size is the number of CPUs' matter. */
static int read_summary(struct reader *r, struct error *e)
{
	struct kdump_header *h = &r->info->header;
	size_t size = h->notes_size < MOST_NOTES ? (size_t)h->notes_size : MOST_NOTES;
	uint8_t *notes CLEANUP(free_ptr) = malloc(size ? size : 1);
	ssize_t n;

	if (!notes)
		return error_set(e, ENOMEM, "no memory for the notes");
	n = read_all_at(r->fd, notes, size, h->notes_offset);
	if (n < 0)
		return error_set(e, (int)-n, "reading the notes: %s", strerror((int)-n));
	r->info->has_summary =
		summary_read_note(span_of(notes, (size_t)n), &r->info->summary, &r->info->header.dump_level);
	return 0;
}

/*
 * Pages are saved in order of priority: in a dump that broke off, those that have data are the first ones. Nothing of
 * the kind is known of one that lost some later.
 */
static void share_out(struct dump_info *info)
{
	uint64_t left = info->dumped - info->missing;

	for (enum page_priority p = 0; info->incomplete && !info->summary.lost && p < NR_PAGE_PRIORITIES; p++) {
		info->saved[p] = info->summary.by_priority[p] < left ? info->summary.by_priority[p] : left;
		left -= info->saved[p];
	}
}

static int read_kdump(struct reader *r, struct span start, struct error *e)
{
	struct dump_info *info = r->info;
	struct kdump_layout at;
	uint8_t sub[KDUMP_SUB_HEADER_SIZE];
	uint32_t block_size;
	ssize_t n;
	int err = kdump_block_size(start, &block_size, e);

	if (err < 0)
		return err;
	n = read_all_at(r->fd, sub, sizeof(sub), block_size);
	if (n < 0)
		return error_set(e, (int)-n, "reading: %s", strerror((int)-n));
	err = kdump_read_header(start, span_of(sub, (size_t)n), &info->header, e);
	if (err < 0)
		return err;
	info->format = "KDUMP";
	info->incomplete = info->header.status & KDUMP_STATUS_INCOMPLETE;
	if (info->header.max_pfn > info->size * 8 || info->header.notes_size > info->size) {
		info->incomplete = true; /* its bitmaps and notes cannot be in it */
		return 0;
	}
	err = kdump_read_layout(start, &at, e);
	if (err == 0)
		err = count_bits(r, at.bitmap1, at.bitmap_size, &info->present, e);
	if (err == 0)
		err = count_bits(r, at.bitmap2, at.bitmap_size, &info->dumped, e);
	at.data = at.descs + (info->dumped * KDUMP_DESC_SIZE + block_size - 1) / block_size * block_size;
	if (err == 0)
		err = count_descs(r, &at, e);
	if (err == 0)
		err = read_summary(r, e);
	share_out(info);
	return err;
}

static int read_elf(struct dump_info *info, const char *path, struct error *e)
{
	struct source *source CLEANUP(vmcore_closep) = NULL;
	struct elf_note note;
	size_t pos = 0;
	int r = vmcore_open_cut(path, &info->incomplete, NULL, &source, e);

	if (r < 0)
		return r;
	info->format = "ELF";
	info->header.block_size = source->page_size;
	info->header.max_pfn = source_max_pfn(source);
	vmcoreinfo_decimal(source->vmcoreinfo, "CRASHTIME", &info->header.time);
	vmcoreinfo_text(source->vmcoreinfo, "OSRELEASE", (char *)info->header.uts + 2 * KDUMP_UTS_FIELD,
			KDUMP_UTS_FIELD);
	while (elf_next_note(source->notes, &pos, &note))
		info->header.nr_cpus += elf_note_is(&note, "CORE", ELF_NT_PRSTATUS);
	for (size_t i = 0; i < source->nr_ranges; i++) {
		uint64_t first, last;

		source_pfns(source, i, &first, &last);
		info->dumped += last - first;
	}
	info->present = info->raw = info->dumped;
	info->has_summary = summary_read_note(source->notes, &info->summary, &info->header.dump_level);
	/* Nothing stored may be all that there is, if everything was left out. */
	info->incomplete |=
		info->summary.begun || info->summary.lost || (source->nr_segments == 0 && !info->has_summary);
	return 0;
}

int dump_info_read(const char *path, struct dump_info *info, struct error *e)
{
	uint8_t *chunk CLEANUP(free_ptr) = malloc(CHUNK);
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	struct reader r = {.fd = fd, .chunk = chunk, .info = info};
	uint8_t start[KDUMP_HEADER_SIZE];
	struct stat st;
	ssize_t n;
	int err;

	*info = (struct dump_info){.format = NULL};
	if (fd < 0 || fstat(fd, &st) != 0)
		return error_errno(e, "%s", path);
	if (!chunk)
		return error_set(e, ENOMEM, "no memory");
	if (!S_ISREG(st.st_mode))
		return error_set(e, EINVAL, "%s: not a regular file", path);
	info->size = (uint64_t)st.st_size;
	n = read_all_at(fd, start, sizeof(start), 0);
	if (n < 0)
		return error_set(e, (int)-n, "%s: %s", path, strerror((int)-n));
	if (n >= 12 && memcmp(start, "makedumpfile", 12) == 0) {
		error_set(e, ENOEXEC, "%s: a flattened dump: its records are not in order", path);
		return error_hint(e, "'makedumpfile -R' makes a plain file of it; crash reads it as it is.");
	}
	if (n >= 4 && memcmp(start, "\177ELF", 4) == 0)
		return read_elf(info, path, e);
	err = read_kdump(&r, span_of(start, (size_t)n), e);
	return err < 0 ? error_context(e, "%s", path) : 0;
}
