/*
 * A made-up machine (fake_machine.h) with a kernel of which everything is known: page tables, a page array, two CPUs
 * with their stacks, tasks and per-CPU areas, kallsyms; the priority of every page, and what a reader finds in a dump
 * of it.
 */
#ifndef TESTS_UNIT_FAKE_KERNEL_H
#define TESTS_UNIT_FAKE_KERNEL_H

#include "dump/save.h"
#include "kern/page_priority.h"
#include "unit/fake_machine.h"
#include "unit/test.h"

#define KNOWN_BASE UINT64_C(0x1000000)

/* Its pages, by number from KNOWN_BASE on. */
enum {
	TABLES = 0, /* as many as it takes; the rest up to IMAGE_END is the image */
	MEM_MAP = 100,
	SYMBOLS = 101, /* kallsyms: names, words, index, offsets, numbers */
	IMAGE_END = 128,
	SLAB = 200,
	SLAB_END = 300,
	CACHE = 300,
	CACHE_END = 400,
	ZEROS = 400, /* the kernel's, untyped */
	ZEROS_END = 450,
	ARRAY = 512, /* the page array: 16 pages */
	ARRAY_END = 528,
	BLOCK = 208,   /* 16 slab pages, one compound page */
	POINTED = 210, /* in it: two words of the stack lead to four pages each, first to the second four */
	POINTED_END = 218,
	TASK = 230,    /* the current task of CPU 1, likewise */
	PER_CPU = 600, /* two pages each for two CPUs */
	NR_CPUS = 2,
};

void fake_kernel_init(struct fake *f);

/* A page's pfn, and its priority. */
uint64_t fake_kernel_pfn(uint64_t number);
enum page_priority fake_kernel_priority(uint64_t number);

/* How kallsyms packs addresses: fake_kernel_init packs them as SIGNED. */
enum packing { SIGNED, FROM_BASE, FROM_ENTRY };
void fake_kernel_put_symbols(struct fake *f, enum packing packing);

/* Saves the machine as a file, in place of any other. Returns what save_dump does. */
int fake_kernel_save(struct fake *f, const struct save_options *o, const char *path, struct dump_stats *stats,
		     struct error *e);

/*
 * The same onto a raw device of so many bytes, as dump-save does it: the log, the dump, the summary. A machine without
 * a known kernel will do.
 */
int fake_kernel_save_raw(struct fake *f, const struct save_options *o, int fd, uint64_t size, struct error *e);

/* What a reader finds. */
struct look {
	uint64_t pages, with_data, wrong;
	uint64_t lowest[NR_PAGE_PRIORITIES],
		highest[NR_PAGE_PRIORITIES]; /* where the data of a priority's pages lies */
};

/* Goes through all descriptors of a file that opens; looks for nothing in one that does not. Any fake machine will do.
 */
void fake_kernel_look(struct fake *f, struct span file, struct look *look);

/*
 * The same of an ELF file: pages are those that a program header gives, with_data those of them that are not marked as
 * unreadable. A page that is marked in part counts as right where its other bytes are.
 */
void fake_kernel_look_elf(struct fake *f, struct span file, struct look *look);

/* A whole file; its data is the caller's to free. */
struct span fake_kernel_slurp(struct test *t, const char *path);

#endif
