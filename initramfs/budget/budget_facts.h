/*
 * What a kernel takes besides its own image: measured on stock kernels, by version. doc/budget.md has the measurements
 * and says how to repeat them.
 */
#ifndef INITRAMFS_BUDGET_BUDGET_FACTS_H
#define INITRAMFS_BUDGET_BUDGET_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/capture_kernel.h"
#include "kernel/kernel_size.h"

/* Bytes. */
struct budget_facts {
	uint64_t early;    /* taken before the page allocator starts, besides what is computed */
	uint64_t boot;     /* taken from then until init starts, with the recommended command line */
	uint64_t headers;  /* of /proc/vmcore, which the loader writes into the reservation */
	uint64_t section;  /* of physical memory whose page array is one piece */
	bool measured;     /* on this version; otherwise the worse of its neighbours */
	char version[128]; /* which: "6.1", or "6.1 and 6.12" */
};

/*
 * version: KERNEL_VERSION_OF, 0 for an unknown one, which gets the worst of all. What a kernel allocates depends on
 * what is built in: size says how much that is.
 */
void budget_facts_find(struct budget_facts *facts, enum arch arch, unsigned version, const struct kernel_size *size);

/*
 * The bytes that a command line costs because it lacks recommended words. Only words whose saving was measured count.
 * line NULL: the recommended one, which costs nothing.
 */
uint64_t budget_missing_words(const char *line, enum arch arch, unsigned version);

/* One such word and what it saves; NULL after the last. Skips words that do not apply to the version. */
const char *budget_word(unsigned i, enum arch arch, unsigned version, uint64_t *saves);

/* Whether a line has exactly this word. */
bool budget_has_word(const char *line, const char *word);

#endif
