/*
 * A made-up crashed machine, for tests: a few MiB of "RAM" as an array, with page tables, VMCOREINFO, notes and read
 * errors as a test wants them; as a source, or written out as a vmcore file.
 */
#ifndef TESTS_UNIT_FAKE_MACHINE_H
#define TESTS_UNIT_FAKE_MACHINE_H

#include "base/source.h"

enum { FAKE_PAGES = 1024, FAKE_PAGE = 4096, FAKE_SIZE = FAKE_PAGES * FAKE_PAGE, FAKE_MOST = 64 };

struct fake {
	struct source source; /* first */
	uint8_t *ram;         /* FAKE_SIZE bytes; physical addresses are base and up */
	uint64_t base;
	struct phys_range ranges[FAKE_MOST]; /* inside [base, base + FAKE_SIZE) */
	struct segment segments[FAKE_MOST];
	size_t nr_ranges;
	uint8_t notes[65536];
	size_t notes_size;
	uint64_t bad_pfn;    /* reading this page fails; 0: none */
	long fail_nth;       /* the nth read from now on fails; counts down to 0 */
	uint64_t next_table; /* physical address of the next free page for page tables */
	uint64_t root;
	unsigned levels;
};

/* One range of all FAKE_PAGES pages from base on, x86-64, no notes. */
void fake_init(struct fake *f, uint64_t base);
void fake_deinit(struct fake *f);

/* Replaces the ranges (and segments, at vaddr 0xffff888000000000 + paddr). Call fake_finish after the last change. */
void fake_range(struct fake *f, uint64_t start, uint64_t end);

/* Appends an ELF note; then VMCOREINFO from a text. */
void fake_note(struct fake *f, const char *name, uint32_t type, const void *desc, size_t size);
void fake_vmcoreinfo(struct fake *f, const char *text);

/* Points the source at ranges and notes. */
void fake_finish(struct fake *f);

/* Bytes at a physical address. */
uint8_t *fake_at(struct fake *f, uint64_t paddr);

/* Page tables in RAM from next_table on: 4 or 5 levels; maps one page of 1 << shift bytes (12, 21 or 30). */
void fake_tables(struct fake *f, unsigned levels, uint64_t first_free);
void fake_map(struct fake *f, uint64_t vaddr, uint64_t paddr, unsigned shift);

/* Fills pages [first, first + count) with text-like bytes that differ from page to page. */
void fake_fill(struct fake *f, uint64_t first, uint64_t count);

/* Writes the machine as a vmcore file. */
bool fake_write_vmcore(struct fake *f, const char *path);

#endif
