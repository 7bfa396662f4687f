#include "kern/paging.h"

#include <errno.h>

#include "fmt/vmcoreinfo.h"

enum {
	PRESENT = 1 << 0,
	LARGE = 1 << 7, /* PS: the entry maps a page, not a table; at 2 MiB and 1 GiB only */
};

/* Bits 12 to 51 of an entry are an address (Intel SDM volume 3, table 4-20). */
#define ADDRESS_BITS UINT64_C(0x000ffffffffff000)

/* The top table's name: since 4.13 (kernel commit 65ade2f872b4) init_top_pgt; VMCOREINFO has it as swapper_pg_dir. */
static bool top_table(struct span info, uint64_t *symbol)
{
	static const char *const names[] = {"swapper_pg_dir", "init_top_pgt", "init_level4_pgt"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (vmcoreinfo_symbol(info, names[i], symbol))
			return true;
	return false;
}

int paging_init_x86_64(struct kernel *k, struct error *e)
{
	uint64_t symbol, phys_base;
	int64_t five = 0, sme_mask = 0;

	if (!top_table(k->info, &symbol))
		return error_set(e, ENODATA, "VMCOREINFO does not name the kernel's page tables");
	if (!kernel_phys_base(k->source, &phys_base))
		return error_set(e, ENODATA, "neither VMCOREINFO nor a segment tells where the kernel was loaded");
	vmcoreinfo_number(k->info, "pgtable_l5_enabled", &five);
	vmcoreinfo_number(k->info, "sme_mask", &sme_mask);
	k->paging = (struct paging){
		.root = symbol - X86_64_TEXT + phys_base,
		.levels = five ? 5 : 4,
		.page_shift = 12,
		.address = ADDRESS_BITS & ~(uint64_t)sme_mask,
	};
	return 0;
}

int kernel_translate(struct kernel *k, uint64_t vaddr, uint64_t *paddr, uint64_t *left, struct error *e)
{
	const struct paging *p = &k->paging;
	unsigned bits = p->page_shift - 3; /* of the address that one level takes */
	unsigned shift = p->page_shift + p->levels * bits;
	uint64_t table = p->root, entry;
	uint8_t bytes[8];

	if (!p->levels)
		return error_set(e, EFAULT, "virtual address %#llx: no page tables", (unsigned long long)vaddr);
	do {
		uint64_t index;
		int r;

		shift -= bits;
		index = vaddr >> shift & ((UINT64_C(1) << bits) - 1);
		r = view_read(&k->view, table + index * 8, bytes, sizeof(bytes), e);
		if (r < 0)
			return error_context(e, "page tables for %#llx", (unsigned long long)vaddr);
		entry = get_le64(bytes);
		if (!(entry & PRESENT))
			return error_set(e, EFAULT, "virtual address %#llx is not mapped", (unsigned long long)vaddr);
		table = entry & p->address;
	} while (shift > p->page_shift && !((entry & LARGE) && shift <= 30));
	table &= ~((UINT64_C(1) << shift) - 1); /* a large page's entry has other bits below */
	*left = (UINT64_C(1) << shift) - (vaddr & ((UINT64_C(1) << shift) - 1));
	*paddr = table + (vaddr & ((UINT64_C(1) << shift) - 1));
	return 0;
}
