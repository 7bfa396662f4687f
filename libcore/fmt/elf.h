/*
 * ELF64 little-endian core files as bytes: headers, program headers and notes. Source: the System V ABI, generic part
 * (chapters 4 and 5), and the kernel's fs/proc/vmcore.c for the content of a vmcore. No I/O.
 */
#ifndef FMT_ELF_H
#define FMT_ELF_H

#include "base/error.h"
#include "base/span.h"

enum {
	ELF_HEADER_SIZE = 64,
	ELF_PHDR_SIZE = 56,
	ELF_SHDR_SIZE = 64,
	ELF_PT_LOAD = 1,
	ELF_PT_NOTE = 4,
	ELF_PN_XNUM = 0xffff, /* e_phnum: the count is in section header 0's sh_info */
	ELF_MACHINE_X86_64 = 62,
	ELF_MACHINE_ARM64 = 183,
	ELF_NT_PRSTATUS = 1,
};

struct elf_header {
	uint16_t machine; /* e_machine */
	uint32_t flags;   /* e_flags */
	uint64_t phoff;   /* file offset of the program headers */
	uint32_t phnum;   /* ELF_PN_XNUM: see section header 0 at shoff */
	uint64_t shoff;
};

struct elf_phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

/* One note; name and desc point into the span it was read from. */
struct elf_note {
	uint32_t type;
	struct span name; /* with its zero byte, as stored */
	struct span desc;
};

/*
 * Reads the file header from the first bytes of a file. -ENOEXEC if it is not an ELF64 little-endian core file; the
 * error says what it is instead. Program headers need not follow the header, and e_ehsize is ignored: hypervisors write
 * 8 there.
 */
int elf_read_header(struct span file_start, struct elf_header *header, struct error *e);

/* Reads program header number i of a table; false if the table ends before it. */
bool elf_read_phdr(struct span table, uint32_t i, struct elf_phdr *phdr);

/* The number of program headers from section header 0 (64 bytes), for ELF_PN_XNUM; false if it is truncated. */
bool elf_read_xnum(struct span section, uint32_t *phnum);

/*
 * Steps through notes: *pos starts at 0. Returns false at the end, and at a note that goes past it (damage: *pos is
 * then short of the size by more than padding). Padding between notes (zero name and size) is skipped.
 */
bool elf_next_note(struct span notes, size_t *pos, struct elf_note *note);

/* Whether the note has that name (without its zero byte). */
bool elf_note_is(const struct elf_note *note, const char *name, uint32_t type);

/* Writers: each fills exactly the size that the enum names. For a phnum that does not fit, the writer stores
 * ELF_PN_XNUM; shoff must then point at a section header from elf_write_xnum. */
void elf_write_header(uint8_t out[ELF_HEADER_SIZE], const struct elf_header *header);
void elf_write_phdr(uint8_t out[ELF_PHDR_SIZE], const struct elf_phdr *phdr);
void elf_write_xnum(uint8_t out[ELF_SHDR_SIZE], uint32_t phnum);

#endif
