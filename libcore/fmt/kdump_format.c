#include "fmt/kdump_format.h"

#include <errno.h>
#include <string.h>

static const char signature[8] = "KDUMP   ";

enum {
	VERSION = 6,
	/* offsets in the header */
	AT_VERSION = 8,
	AT_UTS = 12,
	AT_TIME = 408,
	AT_STATUS = 424,
	AT_BLOCK_SIZE = 428,
	AT_SUB_SIZE = 432,
	AT_BITMAP_BLOCKS = 436,
	AT_MAX_MAPNR = 440,
	AT_NR_CPUS = 460,
	/* offsets in the sub header */
	AT_PHYS_BASE = 0,
	AT_DUMP_LEVEL = 8,
	AT_VMCOREINFO = 32,
	AT_NOTES = 48,
	AT_MAX_MAPNR_64 = 96,
};

static uint64_t blocks(uint64_t bytes, uint32_t block_size)
{
	return (bytes + block_size - 1) / block_size;
}

static uint32_t sub_blocks(const struct kdump_header *h)
{
	return (uint32_t)blocks(KDUMP_SUB_HEADER_SIZE + h->notes_size, h->block_size);
}

/* In blocks, of one bitmap. */
static uint64_t bitmap_blocks(const struct kdump_header *h)
{
	return blocks(blocks(h->max_pfn, 8), h->block_size);
}

void kdump_layout(const struct kdump_header *h, uint64_t nr_pages, struct kdump_layout *l)
{
	l->notes = h->block_size + KDUMP_SUB_HEADER_SIZE;
	l->bitmap_size = bitmap_blocks(h) * h->block_size;
	l->bitmap1 = (uint64_t)(1 + sub_blocks(h)) * h->block_size;
	l->bitmap2 = l->bitmap1 + l->bitmap_size;
	l->descs = l->bitmap2 + l->bitmap_size;
	l->data = l->descs + blocks(nr_pages * KDUMP_DESC_SIZE, h->block_size) * h->block_size;
}

void kdump_write_header(uint8_t out[KDUMP_HEADER_SIZE], const struct kdump_header *h)
{
	uint32_t max_mapnr = h->max_pfn > UINT32_MAX ? UINT32_MAX : (uint32_t)h->max_pfn;

	memset(out, 0, KDUMP_HEADER_SIZE);
	memcpy(out, signature, sizeof(signature));
	put_le32(out + AT_VERSION, VERSION);
	memcpy(out + AT_UTS, h->uts, KDUMP_UTS_SIZE);
	put_le64(out + AT_TIME, h->time);
	put_le32(out + AT_STATUS, h->status);
	put_le32(out + AT_BLOCK_SIZE, h->block_size);
	put_le32(out + AT_SUB_SIZE, sub_blocks(h));
	put_le32(out + AT_BITMAP_BLOCKS, (uint32_t)(2 * bitmap_blocks(h)));
	put_le32(out + AT_MAX_MAPNR, max_mapnr);
	put_le32(out + AT_NR_CPUS, h->nr_cpus ? h->nr_cpus : 1);
}

void kdump_write_sub_header(uint8_t out[KDUMP_SUB_HEADER_SIZE], const struct kdump_header *h)
{
	memset(out, 0, KDUMP_SUB_HEADER_SIZE);
	put_le64(out + AT_PHYS_BASE, h->phys_base);
	put_le32(out + AT_DUMP_LEVEL, h->dump_level);
	if (h->vmcoreinfo_size) {
		put_le64(out + AT_VMCOREINFO, h->vmcoreinfo_offset);
		put_le64(out + AT_VMCOREINFO + 8, h->vmcoreinfo_size);
	}
	put_le64(out + AT_NOTES, h->notes_offset);
	put_le64(out + AT_NOTES + 8, h->notes_size);
	put_le64(out + AT_MAX_MAPNR_64, h->max_pfn);
}

void kdump_write_desc(uint8_t out[KDUMP_DESC_SIZE], uint64_t offset, uint32_t size, uint32_t flags)
{
	put_le64(out, offset);
	put_le32(out + 8, size);
	put_le32(out + 12, flags);
	put_le64(out + 16, 0);
}

int kdump_block_size(struct span start, uint32_t *block_size, struct error *e)
{
	uint32_t version, size;

	if (start.size < sizeof(signature) || memcmp(start.data, signature, sizeof(signature)) != 0)
		return error_set(e, ENOEXEC, "not a KDUMP file");
	if (!span_le32(start, AT_VERSION, &version) || !span_le32(start, AT_BLOCK_SIZE, &size))
		return error_set(e, ENOEXEC, "the KDUMP header is truncated");
	if (version != VERSION)
		return error_set(e, ENOEXEC, "a KDUMP file of version %u; only version 6 is supported", version);
	if (size < 4096 || size > 65536 || (size & (size - 1)))
		return error_set(e, ENOEXEC, "a KDUMP file with blocks of %u bytes, which no kernel has", size);
	*block_size = size;
	return 0;
}

int kdump_read_header(struct span start, struct span sub, struct kdump_header *h, struct error *e)
{
	uint32_t block_size;
	int r = kdump_block_size(start, &block_size, e);

	if (r < 0)
		return r;
	if (start.size < KDUMP_HEADER_SIZE || sub.size < KDUMP_SUB_HEADER_SIZE)
		return error_set(e, ENOEXEC, "the KDUMP headers are truncated");
	*h = (struct kdump_header){
		.time = get_le64(start.data + AT_TIME),
		.status = get_le32(start.data + AT_STATUS),
		.block_size = block_size,
		.nr_cpus = get_le32(start.data + AT_NR_CPUS),
		.max_pfn = get_le64(sub.data + AT_MAX_MAPNR_64),
		.phys_base = get_le64(sub.data + AT_PHYS_BASE),
		.dump_level = get_le32(sub.data + AT_DUMP_LEVEL),
		.notes_offset = get_le64(sub.data + AT_NOTES),
		.notes_size = get_le64(sub.data + AT_NOTES + 8),
		.vmcoreinfo_offset = get_le64(sub.data + AT_VMCOREINFO),
		.vmcoreinfo_size = get_le64(sub.data + AT_VMCOREINFO + 8),
	};
	memcpy(h->uts, start.data + AT_UTS, KDUMP_UTS_SIZE);
	return 0;
}

int kdump_read_layout(struct span start, struct kdump_layout *at, struct error *e)
{
	uint32_t block_size, sub, bitmaps;
	int r = kdump_block_size(start, &block_size, e);

	if (r < 0)
		return r;
	if (!span_le32(start, AT_SUB_SIZE, &sub) || !span_le32(start, AT_BITMAP_BLOCKS, &bitmaps))
		return error_set(e, ENOEXEC, "the KDUMP header is truncated");
	*at = (struct kdump_layout){
		.notes = block_size + KDUMP_SUB_HEADER_SIZE,
		.bitmap1 = (1 + (uint64_t)sub) * block_size,
		.bitmap_size = (uint64_t)bitmaps / 2 * block_size,
	};
	at->bitmap2 = at->bitmap1 + at->bitmap_size;
	at->descs = at->bitmap2 + at->bitmap_size;
	return 0;
}

void kdump_mark_incomplete(uint8_t header[KDUMP_HEADER_SIZE])
{
	put_le32(header + AT_STATUS, get_le32(header + AT_STATUS) | KDUMP_STATUS_INCOMPLETE);
}
