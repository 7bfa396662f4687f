/*
 * What a kernel takes besides its own image: measured on stock kernels, by version. doc/budget.md has the measurements
 * and how to repeat them.
 */
#ifndef INITRAMFS_BUDGET_BUDGET_FACTS_H
#define INITRAMFS_BUDGET_BUDGET_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/capture_kernel.h"
#include "kernel/kernel_size.h"

/* Bytes. */
struct budget_facts {
	uint64_t early;    /* taken before the page allocator starts, beside what is computed */
	uint64_t boot;     /* taken from it until init starts, with the recommended command line */
	uint64_t headers;  /* of /proc/vmcore, which the loader writes into the reservation */
	uint64_t section;  /* of physical memory that gets its page array in one piece */
	bool measured;     /* on this very version; else the worse of its neighbours */
	char version[128]; /* which: "6.1", or "6.1 and 6.12" */
};

/*
 * version: KERNEL_VERSION_OF, 0 for an unknown one, which gets the worst of all. What a kernel allocates goes by what
 * is built in: size says how much that is.
 */
void budget_facts_find(struct budget_facts *facts, enum arch arch, unsigned version, const struct kernel_size *size);

/*
 * What a command line costs that lacks words which the recommended one for that kernel has: bytes. Only words whose
 * worth was measured count. line NULL: the recommended one, which costs nothing more.
 */
uint64_t budget_missing_words(const char *line, enum arch arch, unsigned version);

/* One such word and what it saves; NULL after the last. Those that the version does not have are left out. */
const char *budget_word(unsigned i, enum arch arch, unsigned version, uint64_t *saves);

/* Whether a line has exactly this word. */
bool budget_has_word(const char *line, const char *word);

#endif
