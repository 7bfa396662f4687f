/*
 * What a reservation holds at its tightest moments, and the smallest that holds them all. The model and its figures are
 * explained, with the measurements behind them, in doc/budget.md.
 */
#ifndef INITRAMFS_BUDGET_BUDGET_H
#define INITRAMFS_BUDGET_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#include "budget/budget_facts.h"
#include "kernel/capture_kernel.h"
#include "kernel/kernel_size.h"
#include "compress/compression_cost.h"

enum {
	BUDGET_STEP = 2 << 20, /* bytes: the minimum is a multiple */
	BUDGET_NOTES = 8,
	BUDGET_CHANGES = 8,
};

/* What the forecast is made from. Bytes where nothing else is said; the pointers are borrowed. */
struct budget_input {
	struct capture_kernel kernel; /* which it is; an unknown one gets the worst figures */
	struct kernel_size size;
	uint64_t packed, unpacked;           /* the image */
	struct compression_cost compression; /* of the image */
	uint64_t modules, largest_module;    /* in the image, all together and the largest, unpacked */
	uint64_t volumes;                    /* what the kernel takes to run arrays and encrypted devices */
	const char *cmdline;                 /* the capture kernel's whole line; NULL: the recommended one */
	bool encrypted;                      /* a guest under SEV or TDX, or mem_encrypt=on: bounce buffers */
	uint64_t reservation;                /* crashkernel='s size; 0: none given, the minimum is looked at */
	uint64_t place;                      /* its address as in 64M@256M; 0: anywhere */
};

enum budget_part {
	BUDGET_KERNEL,     /* its code and data; while loading, the room that it unpacks itself in */
	BUDGET_PAGE_ARRAY, /* a struct page for each page of memory */
	BUDGET_BOOT,       /* what the kernel allocates until init starts */
	BUDGET_IMAGE,      /* packed, unpacked, and the buffers to unpack it with */
	BUDGET_MODULES,    /* loaded, and the largest once more while it is loaded */
	BUDGET_DUMP, /* dump-save, the file system, the pages on their way to the disk, arrays and encrypted devices */
	BUDGET_MARGIN, /* what the kernel does not give out, alignment, headers */
	BUDGET_PARTS,
};

enum budget_when { BUDGET_LOADING, BUDGET_UNPACKING, BUDGET_DUMPING, BUDGET_MOMENTS };

struct budget_moment {
	uint64_t bytes[BUDGET_PARTS];
	uint64_t total; /* their sum: what the reservation must have */
};

/* Something that makes the minimum smaller. */
struct budget_change {
	char what[160];
	uint64_t saves;
};

struct budget {
	struct budget_input input;
	struct budget_facts facts;
	uint64_t reservation; /* given, or the minimum */
	uint64_t minimum;
	bool fits;
	struct budget_moment moment[BUDGET_MOMENTS];
	enum budget_when tightest;
	char note[BUDGET_NOTES][256]; /* what the forecast takes for granted */
	unsigned notes;
	struct budget_change change[BUDGET_CHANGES]; /* the one that saves most first */
	unsigned changes;
};

/* Fills the budget. Returns 0, or -EINVAL where the input lacks the kernel's or the image's size. */
int budget_make(struct budget *budget, const struct budget_input *input, struct error *e);

/* The smallest reservation, a multiple of BUDGET_STEP, that holds all moments; 0 where none below 64 GiB does. */
uint64_t budget_minimum(const struct budget_input *input);

/* One moment at that reservation. */
void budget_moment_make(struct budget_moment *moment, const struct budget_input *input, enum budget_when when,
			uint64_t reservation);

/* What swiotlb takes of it at boot. */
uint64_t budget_bounce_buffers(const struct budget_input *input, uint64_t reservation);

/* What one section of memory costs in page array. */
uint64_t budget_section_cost(const struct budget_input *input, const struct budget_facts *facts);

#endif
