/*
 * The content of a dump file: its headers, and whether its parts are complete.
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
	bool incomplete;            /* the writer did not finish, or the file is shorter than its headers say */
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
 * Reads a KDUMP or ELF file of any size with little memory. -ENOEXEC for another file; the error says what it is. A
 * file that ends early is not an error, but incomplete; pages whose data is absent count as missing.
 */
int dump_info_read(const char *path, struct dump_info *info, struct error *e);

#endif
