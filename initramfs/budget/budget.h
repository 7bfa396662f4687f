/*
 * What a reservation must hold at its tightest moments, and the smallest one that is large enough. doc/budget.md
 * explains the model, its figures and the measurements behind them.
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

/* What the forecast is made from. Bytes unless stated otherwise; the pointers are borrowed. */
struct budget_input {
	struct capture_kernel kernel; /* an unknown one gets the worst figures */
	struct kernel_size size;
	uint64_t compressed, uncompressed;   /* the image */
	struct compression_cost compression; /* of the image */
	uint64_t modules, largest_module;    /* in the image, all together and the largest, uncompressed */
	uint64_t volumes;                    /* what the kernel takes to run arrays and encrypted devices */
	const char *cmdline;                 /* the capture kernel's whole line; NULL: the recommended one */
	bool encrypted;                      /* a guest under SEV or TDX, or mem_encrypt=on: bounce buffers */
	uint64_t reservation;                /* crashkernel='s size; 0: none given, the minimum is used */
	uint64_t place;                      /* its address as in 64M@256M; 0: anywhere */
};

enum budget_part {
	BUDGET_KERNEL,     /* its code and data; while loading, the room in which it decompresses itself */
	BUDGET_PAGE_ARRAY, /* a struct page for each page of memory */
	BUDGET_BOOT,       /* what the kernel allocates until init starts */
	BUDGET_IMAGE,      /* compressed, uncompressed, and the buffers to decompress it with */
	BUDGET_MODULES,    /* loaded, and the largest once more while it is loaded */
	BUDGET_DUMP, /* dump-save, the file system, the pages on their way to the disk, arrays and encrypted devices */
	BUDGET_MARGIN, /* what the kernel keeps back, alignment, headers */
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
	char note[BUDGET_NOTES][256]; /* what the forecast assumes */
	unsigned notes;
	struct budget_change change[BUDGET_CHANGES]; /* the largest saving first */
	unsigned changes;
};

/* Fills the budget, but for notes and changes. Returns 0, or -EINVAL if the input lacks the kernel's or the image's
 * size. */
int budget_make(struct budget *budget, const struct budget_input *input, struct error *e);

/* Fills the notes and changes of a budget that budget_make has made. */
void budget_advise(struct budget *budget);

/* The smallest reservation, a multiple of BUDGET_STEP, that is enough at every moment; 0 if none below 64 GiB is. */
uint64_t budget_minimum(const struct budget_input *input);

/* One moment at that reservation. */
void budget_moment_make(struct budget_moment *moment, const struct budget_input *input, enum budget_when when,
			uint64_t reservation);

/* What swiotlb takes of it at boot. */
uint64_t budget_bounce_buffers(const struct budget_input *input, uint64_t reservation);

/* What one section of memory costs in page array. */
uint64_t budget_section_cost(const struct budget_input *input, const struct budget_facts *facts);

#endif
