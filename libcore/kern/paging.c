#include "kern/paging.h"

#include <errno.h>

#include "fmt/elf.h"
#include "fmt/vmcoreinfo.h"

/* The kernel's text mapping on x86-64 (Documentation/arch/x86/x86_64/mm.rst): __START_KERNEL_map, 1 GiB with KASLR. */
#define X86_64_TEXT      UINT64_C(0xffffffff80000000)
#define X86_64_TEXT_SIZE UINT64_C(0x40000000)

bool paging_phys_base(const struct source *source, uint64_t *phys_base)
{
	int64_t number;

	if (source->machine == ELF_MACHINE_ARM64) {
		if (!vmcoreinfo_number(source->vmcoreinfo, "PHYS_OFFSET", &number))
			return false;
		*phys_base = (uint64_t)number;
		return true;
	}
	if (source->machine != ELF_MACHINE_X86_64)
		return false;
	if (vmcoreinfo_number(source->vmcoreinfo, "phys_base", &number)) {
		*phys_base = (uint64_t)number;
		return true;
	}
	for (size_t i = 0; i < source->nr_segments; i++) {
		const struct segment *s = &source->segments[i];

		if (s->vaddr >= X86_64_TEXT && s->vaddr < X86_64_TEXT + X86_64_TEXT_SIZE) {
			*phys_base = s->paddr - (s->vaddr - X86_64_TEXT);
			return true;
		}
	}
	return false;
}

/* --- x86-64: Intel SDM volume 3, 4.5 ------------------------------------------------------------------------------ */

enum {
	X86_PRESENT = 1 << 0,
	X86_LARGE = 1 << 7, /* PS: the entry maps a page, not a table; at 2 MiB and 1 GiB only */
};

/* Bits 12 to 51 of an entry are an address (table 4-20). */
#define X86_ADDRESS UINT64_C(0x000ffffffffff000)

static enum paging_entry decode_x86_64(const struct paging *p, uint64_t entry, unsigned shift, uint64_t *address)
{
	if (!(entry & X86_PRESENT))
		return PAGING_NOTHING;
	*address = entry & p->address;
	if (shift == p->page_shift || ((entry & X86_LARGE) && shift <= 30))
		return PAGING_PAGE;
	return PAGING_TABLE;
}

/* The top table's name: since 4.13 (kernel commit 65ade2f872b4) init_top_pgt; VMCOREINFO has it as swapper_pg_dir. */
static bool top_table(struct span info, uint64_t *symbol)
{
	static const char *const names[] = {"swapper_pg_dir", "init_top_pgt", "init_level4_pgt"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (vmcoreinfo_symbol(info, names[i], symbol))
			return true;
	return false;
}

static int init_x86_64(struct paging *p, const struct source *source, struct error *e)
{
	uint64_t symbol, phys_base;
	int64_t five = 0, sme_mask = 0;

	if (!top_table(source->vmcoreinfo, &symbol))
		return error_set(e, ENODATA, "VMCOREINFO does not name the kernel's page tables");
	if (!paging_phys_base(source, &phys_base))
		return error_set(e, ENODATA, "neither VMCOREINFO nor a segment tells where the kernel was loaded");
	vmcoreinfo_number(source->vmcoreinfo, "pgtable_l5_enabled", &five);
	vmcoreinfo_number(source->vmcoreinfo, "sme_mask", &sme_mask);
	*p = (struct paging){
		.decode = decode_x86_64,
		.root = symbol - X86_64_TEXT + phys_base,
		.levels = five ? 5 : 4,
		.page_shift = 12,
		.address = X86_ADDRESS & ~(uint64_t)sme_mask,
	};
	return 0;
}

/* --- arm64: the Arm ARM, D8.3 ------------------------------------------------------------------------------------- */

/* The low two bits of a descriptor: a block above the last level, a table, or a page at the last level. */
enum { ARM_BLOCK = 1, ARM_TABLE_OR_PAGE = 3 };

static uint64_t bits(uint64_t value, unsigned high, unsigned low)
{
	return value >> low & ((UINT64_C(1) << (high - low + 1)) - 1);
}

/*
 * The output address: bits 47 to the page's shift. With 52-bit addresses and 64 KiB pages bits 15 to 12 are bits 51 to
 * 48; with 4 and 16 KiB pages (LPA2) bits 49 and 48 are themselves and bits 9 and 8 are bits 51 and 50. These bits are
 * an address only if the machine has more than 48 bits of physical addresses.
 */
static uint64_t arm_address(const struct paging *p, uint64_t entry)
{
	uint64_t address = entry & p->address;

	if (!p->wide)
		return address;
	if (p->page_shift == 16)
		return address | bits(entry, 15, 12) << 48;
	return address | bits(entry, 49, 48) << 48 | bits(entry, 9, 8) << 50;
}

static enum paging_entry decode_arm64(const struct paging *p, uint64_t entry, unsigned shift, uint64_t *address)
{
	unsigned kind = entry & 3;

	*address = arm_address(p, entry);
	if (kind == ARM_TABLE_OR_PAGE)
		return shift == p->page_shift ? PAGING_PAGE : PAGING_TABLE;
	/* With 48 bits and 4 KiB pages, entries of the top level are never blocks. */
	return kind == ARM_BLOCK && shift > p->page_shift && shift < 40 ? PAGING_PAGE : PAGING_NOTHING;
}

/* The size of virtual addresses of these tables; a kernel built for 52 bits runs with 48 on most CPUs. */
static bool arm_va_bits(struct span info, unsigned page_shift, unsigned *va_bits)
{
	int64_t number;

	if (page_shift != 16 && vmcoreinfo_number(info, "TCR_EL1_T1SZ", &number))
		number = 64 - number;
	else if (!vmcoreinfo_number(info, "VA_BITS", &number))
		return false;
	if (number < 36 || number > 52)
		return false;
	*va_bits = (unsigned)number;
	return true;
}

static int init_arm64(struct paging *p, const struct source *source, struct error *e)
{
	uint64_t symbol;
	int64_t voffset, physmem = 48;
	unsigned page_shift = (unsigned)__builtin_ctz(source->page_size), va_bits = 0;

	if (!vmcoreinfo_symbol(source->vmcoreinfo, "swapper_pg_dir", &symbol) ||
	    !vmcoreinfo_number(source->vmcoreinfo, "kimage_voffset", &voffset) ||
	    !arm_va_bits(source->vmcoreinfo, page_shift, &va_bits))
		return error_set(e, ENODATA, "VMCOREINFO lacks swapper_pg_dir, kimage_voffset or VA_BITS");
	vmcoreinfo_number(source->vmcoreinfo, "MAX_PHYSMEM_BITS", &physmem);
	*p = (struct paging){
		.decode = decode_arm64,
		.root = symbol - (uint64_t)voffset,
		.levels = (va_bits - 4) / (page_shift - 3), /* (va_bits - page_shift) / (page_shift - 3), rounded up */
		.page_shift = page_shift,
		.va_bits = va_bits,
		.address = (UINT64_C(1) << 48) - (UINT64_C(1) << page_shift),
		.wide = physmem > 48,
	};
	return 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

int paging_init(struct paging *p, const struct source *source, struct error *e)
{
	if (source->machine == ELF_MACHINE_X86_64)
		return init_x86_64(p, source, e);
	if (source->machine == ELF_MACHINE_ARM64)
		return init_arm64(p, source, e);
	return error_set(e, ENODATA, "page tables of machine type %u are not known to this version", source->machine);
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

/* The index at a level: the top table may be a part of a page, given by va_bits (0: every table is a whole page). */
static uint64_t table_index(const struct paging *p, uint64_t vaddr, unsigned shift)
{
	unsigned width = p->page_shift - 3;

	if (p->va_bits && p->va_bits < shift + width)
		width = p->va_bits - shift;
	return vaddr >> shift & ((UINT64_C(1) << width) - 1);
}

int paging_translate(const struct paging *p, struct view *view, uint64_t vaddr, uint64_t *paddr, uint64_t *left,
		     struct error *e)
{
	unsigned shift = p->page_shift + p->levels * (p->page_shift - 3);
	uint64_t table = p->root, offset;
	enum paging_entry kind;
	uint8_t entry[8];

	if (!p->levels)
		return error_set(e, EFAULT, "virtual address %#llx: no page tables", (unsigned long long)vaddr);
	do {
		int r;

		shift -= p->page_shift - 3;
		r = view_read(view, table + table_index(p, vaddr, shift) * 8, entry, sizeof(entry), e);
		if (r < 0)
			return error_context(e, "page tables for %#llx", (unsigned long long)vaddr);
		kind = p->decode(p, get_le64(entry), shift, &table);
		if (kind == PAGING_NOTHING)
			return error_set(e, EFAULT, "virtual address %#llx is not mapped", (unsigned long long)vaddr);
	} while (kind == PAGING_TABLE);
	offset = vaddr & ((UINT64_C(1) << shift) - 1);
	*paddr = (table & ~((UINT64_C(1) << shift) - 1)) | offset; /* a large page's entry has other bits below */
	*left = (UINT64_C(1) << shift) - offset;
	return 0;
}
