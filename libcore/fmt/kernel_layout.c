#include "fmt/kernel_layout.h"

#include <errno.h>
#include <string.h>

#include "fmt/elf.h"

enum {
	E_MACHINE = 18,
	E_PHOFF = 32,
	E_SHOFF = 40,
	E_PHENTSIZE = 54,
	E_PHNUM = 56,
	E_SHENTSIZE = 58,
	E_SHNUM = 60,
	E_SHSTRNDX = 62,
	SH_ADDR = 16,
	SH_OFFSET = 24,
	SH_SIZE = 32,
	PAGE = 4096,
	LARGE_PAGE = 2 << 20,
};

struct section {
	struct span name; /* up to the end of the table of names */
	uint64_t address, size;
};

struct sections {
	struct span elf;
	uint64_t at;
	uint16_t count;
	struct span names;
};

static bool is_elf64(struct span elf)
{
	return elf.size >= ELF_HEADER_SIZE && memcmp(elf.data, "\177ELF\2\1", 6) == 0;
}

/* The physical span of the loaded segments, and the largest alignment. */
static int read_segments(struct kernel_layout *layout, struct span elf, struct error *e)
{
	uint64_t at = get_le64(elf.data + E_PHOFF), first = UINT64_MAX, last = 0;
	uint16_t count = get_le16(elf.data + E_PHNUM);
	struct span table = span_part(elf, at, (uint64_t)count * ELF_PHDR_SIZE);
	struct elf_phdr segment;

	if (!table.size || get_le16(elf.data + E_PHENTSIZE) != ELF_PHDR_SIZE)
		return error_set(e, EINVAL, "no program headers");
	for (uint32_t i = 0; elf_read_phdr(table, i, &segment); i++) {
		if (segment.type != ELF_PT_LOAD || segment.memsz == 0)
			continue;
		if (segment.paddr + segment.memsz < segment.paddr)
			return error_set(e, EINVAL, "a segment goes past the end of all addresses");
		first = segment.paddr < first ? segment.paddr : first;
		last = segment.paddr + segment.memsz > last ? segment.paddr + segment.memsz : last;
		if (segment.align > layout->alignment && segment.align <= UINT32_MAX)
			layout->alignment = (uint32_t)segment.align;
	}
	if (last == 0)
		return error_set(e, EINVAL, "no loadable segment");
	layout->span = last - first;
	return 0;
}

static int open_sections(struct sections *s, struct span elf, struct error *e)
{
	uint16_t names = get_le16(elf.data + E_SHSTRNDX);
	uint64_t at, size;

	*s = (struct sections){.elf = elf, .at = get_le64(elf.data + E_SHOFF), .count = get_le16(elf.data + E_SHNUM)};
	if (get_le16(elf.data + E_SHENTSIZE) != ELF_SHDR_SIZE ||
	    !span_has(elf, s->at, (uint64_t)s->count * ELF_SHDR_SIZE) || names >= s->count)
		return error_set(e, EINVAL, "no section headers");
	at = get_le64(elf.data + s->at + (uint64_t)names * ELF_SHDR_SIZE + SH_OFFSET);
	size = get_le64(elf.data + s->at + (uint64_t)names * ELF_SHDR_SIZE + SH_SIZE);
	s->names = span_part(elf, at, size);
	return s->names.size ? 0 : error_set(e, EINVAL, "no section names");
}

static struct section section_at(const struct sections *s, uint16_t i)
{
	const uint8_t *header = s->elf.data + s->at + (uint64_t)i * ELF_SHDR_SIZE;
	uint32_t name = get_le32(header);

	return (struct section){
		.name = name < s->names.size ? span_part(s->names, name, s->names.size - name) : span_of(NULL, 0),
		.address = get_le64(header + SH_ADDR),
		.size = get_le64(header + SH_SIZE),
	};
}

static bool find(const struct sections *s, const char *name, struct section *found)
{
	size_t length = strlen(name) + 1;

	for (uint16_t i = 0; i < s->count; i++) {
		*found = section_at(s, i);
		if (found->name.size >= length && memcmp(found->name.data, name, length) == 0)
			return true;
	}
	return false;
}

/*
 * What free_initmem() frees, from .init.text to the section after it: .smp_locks on x86, which is freed separately,
 * else the data on arm64. The per-CPU template may be before it or in it. When in doubt, too little rather than too
 * much.
 */
static uint64_t init_size(const struct sections *s)
{
	static const char *const behind[] = {".smp_locks", ".data_nosave", ".data", ".bss"};
	struct section text, end;

	if (!find(s, ".init.text", &text))
		return 0;
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		if (find(s, behind[i], &end) && end.address > text.address)
			return end.address - text.address;
	return 0;
}

/* The whole pages between a section and the one before it. */
static uint64_t gap_before(const struct sections *s, const char *name)
{
	uint64_t end = 0;
	struct section at;

	if (!find(s, name, &at))
		return 0;
	for (uint16_t i = 0; i < s->count; i++) {
		struct section other = section_at(s, i);

		if (other.address < at.address && other.address + other.size > end)
			end = other.address + other.size;
	}
	end = (end + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	return at.address > end && at.address - end < LARGE_PAGE ? at.address - end : 0;
}

/*
 * On x86-64 read-only data begin and end on large pages; the gaps are freed with the init memory: mark_rodata_ro() in
 * arch/x86/mm/init_64.c, "Freeing unused kernel image (text/rodata gap) memory".
 */
static uint64_t gaps_size(const struct sections *s)
{
	if (get_le16(s->elf.data + E_MACHINE) != ELF_MACHINE_X86_64)
		return 0;
	return gap_before(s, ".rodata") + gap_before(s, ".data");
}

int kernel_layout_read(struct kernel_layout *layout, struct span elf, struct error *e)
{
	struct section text, bss, percpu;
	struct sections sections;
	uint64_t first;

	*layout = (struct kernel_layout){0};
	if (!is_elf64(elf))
		return error_set(e, EINVAL, "not an ELF64 little-endian file");
	if (read_segments(layout, elf, e) < 0 || open_sections(&sections, elf, e) < 0)
		return -e->code;
	if (!find(&sections, ".text", &text) || !find(&sections, ".bss", &bss) ||
	    bss.address + bss.size < text.address || bss.size > layout->span)
		return error_set(e, EINVAL, "no .text with a .bss after it");
	/* arm64 has .head.text before .text; it is less than a segment's alignment of 64 KiB. */
	first = text.address & ~UINT64_C(0xffff);
	layout->resident = (bss.address + bss.size - first + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	layout->code = text.size;
	if (find(&sections, ".data..percpu", &percpu))
		layout->percpu = percpu.size;
	layout->init = init_size(&sections) + gaps_size(&sections);
	return layout->init < layout->resident ? 0 : error_set(e, EINVAL, "init memory exceeds the whole");
}
