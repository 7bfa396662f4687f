/*
 * The KDUMP (diskdump) format, version 6, for 64-bit little-endian kernels, as bytes; doc/formats.md has a drawing.
 * Source: the layout's description in the documentation of crash and libkdumpfile. No I/O.
 *
 *	block 0                 header
 *	block 1 ...             sub header, then the ELF notes, verbatim
 *	block 1 + sub           bitmap 1 (RAM that exists), bitmap 2 (pages in the file), one bit per pfn, LSB first
 *	after them              a descriptor of 24 bytes for each bit set in bitmap 2, in pfn order
 *	anywhere                page data
 */
#ifndef FMT_KDUMP_FORMAT_H
#define FMT_KDUMP_FORMAT_H

#include "base/error.h"
#include "base/span.h"

enum {
	KDUMP_HEADER_SIZE = 464,
	KDUMP_SUB_HEADER_SIZE = 104,
	KDUMP_DESC_SIZE = 24,
	KDUMP_UTS_FIELD = 65,
	KDUMP_UTS_SIZE = 6 * KDUMP_UTS_FIELD, /* sysname, nodename, release, version, machine, domainname */
	/* flags of a page */
	KDUMP_PAGE_RAW = 0,
	KDUMP_PAGE_ZLIB = 1,
	/* bits of the header's status */
	KDUMP_STATUS_ZLIB = 1,
	KDUMP_STATUS_INCOMPLETE = 8,
};

/* The content of both headers; sizes in bytes unless a name says otherwise. */
struct kdump_header {
	uint8_t uts[KDUMP_UTS_SIZE];
	uint64_t time;       /* seconds since 1970, of the crash */
	uint32_t status;     /* KDUMP_STATUS_* */
	uint32_t block_size; /* the crashed kernel's page size */
	uint32_t nr_cpus;
	uint64_t max_pfn;   /* one more than the highest */
	uint64_t phys_base; /* arm64: PHYS_OFFSET */
	uint32_t dump_level;
	uint64_t notes_offset, notes_size;           /* in the file */
	uint64_t vmcoreinfo_offset, vmcoreinfo_size; /* in the file; size 0: none */
};

/* Where the parts are, in bytes from the file's start. */
struct kdump_layout {
	uint64_t notes; /* the ELF notes */
	uint64_t bitmap1, bitmap2;
	uint64_t bitmap_size; /* of each */
	uint64_t descs;       /* the descriptor table */
	uint64_t data;        /* after nr_pages descriptors, on a block boundary */
};

/* Computes the layout from block_size, max_pfn, notes_size and the number of bits that bitmap 2 will have. */
void kdump_layout(const struct kdump_header *header, uint64_t nr_pages, struct kdump_layout *layout);

/* Build the headers; the caller puts them at 0 and at block_size. */
void kdump_write_header(uint8_t out[KDUMP_HEADER_SIZE], const struct kdump_header *header);
void kdump_write_sub_header(uint8_t out[KDUMP_SUB_HEADER_SIZE], const struct kdump_header *header);

/* A page's descriptor: offset and size of its data, KDUMP_PAGE_*. All zero: a page that could not be read. */
void kdump_write_desc(uint8_t out[KDUMP_DESC_SIZE], uint64_t offset, uint32_t size, uint32_t flags);

/*
 * Reads both headers: start holds the file's first bytes, sub those at block_size (find that with kdump_block_size).
 * -ENOEXEC if it is not a supported KDUMP file; the error says why.
 */
int kdump_block_size(struct span start, uint32_t *block_size, struct error *e);
int kdump_read_header(struct span start, struct span sub, struct kdump_header *header, struct error *e);

/*
 * Where a file's parts are, from its header alone, as readers find them; at->data is unknown, and 0. -ENOEXEC as above.
 */
int kdump_read_layout(struct span start, struct kdump_layout *at, struct error *e);

/* Makes a written header say that the file is incomplete. */
void kdump_mark_incomplete(uint8_t header[KDUMP_HEADER_SIZE]);

#endif
