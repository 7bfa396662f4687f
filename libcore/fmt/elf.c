#include "fmt/elf.h"

#include <errno.h>
#include <string.h>

/* e_ident and e_type that this program reads and writes: ELF64, little-endian, version 1, ET_CORE. */
enum { CLASS_64 = 2, DATA_LE = 1, ET_CORE = 4 };

int elf_read_header(struct span s, struct elf_header *h, struct error *e)
{
	uint16_t type, phnum, phentsize;

	if (s.size == 0)
		return error_set(e, ENOEXEC, "the file is empty");
	if (s.size >= 8 && memcmp(s.data, "KDUMP   ", 8) == 0)
		return error_set(e, ENOEXEC, "this is a KDUMP file, an existing dump, not a vmcore");
	if (s.size >= 12 && memcmp(s.data, "makedumpfile", 12) == 0)
		return error_set(e, ENOEXEC, "this is a flattened dump, not a vmcore");
	if (s.size < 4 || memcmp(s.data, "\177ELF", 4) != 0)
		return error_set(e, ENOEXEC, "not an ELF file, so not a vmcore");
	if (s.size < ELF_HEADER_SIZE)
		return error_set(e, ENOEXEC, "the ELF header is truncated: %zu of 64 bytes", s.size);
	if (s.data[4] != CLASS_64)
		return error_set(e, ENOEXEC, "a 32-bit ELF file; only vmcores of 64-bit kernels are supported");
	if (s.data[5] != DATA_LE)
		return error_set(e, ENOEXEC, "a big-endian ELF file; only little-endian vmcores are supported");
	type = get_le16(s.data + 16);
	if (type != ET_CORE)
		return error_set(e, ENOEXEC, "an ELF file of type %u, not a core file (type 4)", type);
	phentsize = get_le16(s.data + 54);
	phnum = get_le16(s.data + 56);
	if (phnum && phentsize != ELF_PHDR_SIZE)
		return error_set(e, ENOEXEC, "program headers of %u bytes, not 56", phentsize);
	*h = (struct elf_header){
		.machine = get_le16(s.data + 18),
		.flags = get_le32(s.data + 48),
		.phoff = get_le64(s.data + 32),
		.phnum = phnum,
		.shoff = get_le64(s.data + 40),
	};
	return 0;
}

bool elf_read_phdr(struct span table, uint32_t i, struct elf_phdr *p)
{
	struct span s = span_part(table, (uint64_t)i * ELF_PHDR_SIZE, ELF_PHDR_SIZE);

	if (!s.data)
		return false;
	*p = (struct elf_phdr){
		.type = get_le32(s.data),
		.flags = get_le32(s.data + 4),
		.offset = get_le64(s.data + 8),
		.vaddr = get_le64(s.data + 16),
		.paddr = get_le64(s.data + 24),
		.filesz = get_le64(s.data + 32),
		.memsz = get_le64(s.data + 40),
		.align = get_le64(s.data + 48),
	};
	return true;
}

bool elf_read_xnum(struct span section, uint32_t *phnum)
{
	return span_le32(section, 44, phnum);
}

static uint64_t align4(uint64_t n)
{
	return (n + 3) & ~UINT64_C(3);
}

bool elf_next_note(struct span s, size_t *pos, struct elf_note *note)
{
	uint32_t namesz, descsz;

	for (;;) {
		uint64_t off = *pos, name, desc;

		if (!span_le32(s, off, &namesz) || !span_le32(s, off + 4, &descsz) ||
		    !span_le32(s, off + 8, &note->type))
			return false;
		name = off + 12;
		desc = name + align4(namesz);
		if (!span_has(s, name, namesz) || !span_has(s, desc, descsz))
			return false;
		*pos = desc + align4(descsz) > s.size ? s.size : (size_t)(desc + align4(descsz));
		if (namesz == 0 && descsz == 0)
			continue; /* the rest of a page that the kernel did not fill */
		note->name = span_part(s, name, namesz);
		note->desc = span_part(s, desc, descsz);
		return true;
	}
}

bool elf_note_is(const struct elf_note *note, const char *name, uint32_t type)
{
	size_t length = strlen(name);

	if (note->type != type || note->name.size < length || memcmp(note->name.data, name, length) != 0)
		return false;
	return note->name.size == length || note->name.data[length] == 0;
}

void elf_write_header(uint8_t out[ELF_HEADER_SIZE], const struct elf_header *h)
{
	bool xnum = h->phnum >= ELF_PN_XNUM;

	memset(out, 0, ELF_HEADER_SIZE);
	memcpy(out, "\177ELF", 4);
	out[4] = CLASS_64;
	out[5] = DATA_LE;
	out[6] = 1; /* EV_CURRENT */
	put_le16(out + 16, ET_CORE);
	put_le16(out + 18, h->machine);
	put_le32(out + 20, 1);
	put_le64(out + 32, h->phoff);
	put_le64(out + 40, xnum ? h->shoff : 0);
	put_le32(out + 48, h->flags);
	put_le16(out + 52, ELF_HEADER_SIZE);
	put_le16(out + 54, ELF_PHDR_SIZE);
	put_le16(out + 56, xnum ? ELF_PN_XNUM : (uint16_t)h->phnum);
	put_le16(out + 58, xnum ? ELF_SHDR_SIZE : 0);
	put_le16(out + 60, xnum ? 1 : 0);
}

void elf_write_phdr(uint8_t out[ELF_PHDR_SIZE], const struct elf_phdr *p)
{
	put_le32(out, p->type);
	put_le32(out + 4, p->flags);
	put_le64(out + 8, p->offset);
	put_le64(out + 16, p->vaddr);
	put_le64(out + 24, p->paddr);
	put_le64(out + 32, p->filesz);
	put_le64(out + 40, p->memsz);
	put_le64(out + 48, p->align);
}

void elf_write_xnum(uint8_t out[ELF_SHDR_SIZE], uint32_t phnum)
{
	memset(out, 0, ELF_SHDR_SIZE);
	put_le32(out + 44, phnum);
}
