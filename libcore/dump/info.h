/*
 * What a dump file says about itself, and whether its parts are there.
 */
#ifndef DUMP_INFO_H
#define DUMP_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "dump/encode.h"
#include "fmt/kdump_format.h"

struct dump_info {
	const char *format;         /* "KDUMP" or "ELF" */
	bool incomplete;            /* the writer did not come to its end, or the file is shorter than it says */
	uint64_t size;              /* of the file, bytes */
	struct kdump_header header; /* of an ELF: uts' release, time and nr_cpus, from its VMCOREINFO and notes */
	uint64_t present;           /* pages that the machine had */
	uint64_t dumped;            /* pages that are in the file */
	uint64_t missing;           /* of them: without data (unreadable, or never reached) */
	bool has_summary;           /* the dump has crashbox's own note: */
	struct dump_stats summary;  /* what it left out and why */
	uint64_t saved[NR_PAGE_PRIORITIES]; /* of an incomplete dump: of summary.by_priority, how many have data */
	uint64_t raw, compressed, shared; /* of them: stored raw, as a zlib stream, or sharing the first page's data */
};

/*
 * Reads a KDUMP or ELF file with a little memory, whatever its size. -ENOEXEC with what it is instead; a file that ends
 * early is no error, but incomplete, and what its descriptors tell of data that is not there is missing.
 */
int dump_info_read(const char *path, struct dump_info *info, struct error *e);

#endif
