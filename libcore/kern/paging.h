/*
 * Page tables by architecture: the way from virtual to physical addresses.
 */
#ifndef KERN_PAGING_H
#define KERN_PAGING_H

#include "base/error.h"
#include "base/source.h"

/* The kinds of page table entries. */
enum paging_entry { PAGING_NOTHING, PAGING_TABLE, PAGING_PAGE };

/* How virtual addresses translate to physical ones: the architecture's page tables, set up by paging_init. */
struct paging {
	/* The kind of an entry at the level that covers 1 << shift bytes, and its address. */
	enum paging_entry (*decode)(const struct paging *paging, uint64_t entry, unsigned shift, uint64_t *address);
	uint64_t root;   /* physical address of the top table */
	unsigned levels; /* 0: this kernel's addresses cannot be translated */
	unsigned page_shift;
	unsigned va_bits; /* of a virtual address; 0: as many as the levels cover */
	uint64_t address; /* the bits of an entry that are an address */
	bool wide;        /* arm64: physical addresses have 52 bits */
};

/*
 * Finds the top table and the shape of the tables from a source's machine and its VMCOREINFO. Returns 0; -ENODATA if
 * VMCOREINFO lacks them or the machine is unknown.
 */
int paging_init(struct paging *paging, const struct source *source, struct error *e);

/* As kernel_translate, through a view of the source. */
int paging_translate(const struct paging *paging, struct view *view, uint64_t vaddr, uint64_t *paddr, uint64_t *left,
		     struct error *e);

/*
 * Where physical memory starts for the kernel's own text: NUMBER(phys_base), or from the segment that holds the text
 * (x86-64); NUMBER(PHYS_OFFSET) (arm64). Needs no page tables. False if unknown.
 */
bool paging_phys_base(const struct source *source, uint64_t *phys_base);

#endif
