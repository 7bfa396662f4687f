#include "kernel/elf_program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ELF: the few fields that are read, in a little-endian file of 64 bits (System V ABI, chapter 4 and 5). */
enum {
	E_TYPE = 16,
	E_MACHINE = 18,
	E_PHOFF = 32,
	E_PHENTSIZE = 54,
	E_PHNUM = 56,
	EHDR_SIZE = 64,
	ET_EXEC = 2,
	ET_DYN = 3,
	EM_X86_64 = 62,
	EM_AARCH64 = 183,
	PT_INTERP = 3,
	P_OFFSET = 8,
	P_FILESZ = 32,
};

const char *arch_name(enum arch arch)
{
	static const char *const names[] = {"unknown", "x86_64", "arm64"};

	return names[arch];
}

enum arch elf_program_arch(struct span elf)
{
	uint16_t machine = 0;

	span_le16(elf, E_MACHINE, &machine);
	return machine == EM_X86_64 ? ARCH_X86_64 : machine == EM_AARCH64 ? ARCH_ARM64 : ARCH_UNKNOWN;
}

static bool is_elf64(struct span file)
{
	return file.size >= EHDR_SIZE && memcmp(file.data, "\177ELF\2\1", 6) == 0;
}

/* Finds the program header of the interpreter. Returns 1 with its offset, 0, or -EINVAL if the headers are truncated.
 */
static int find_interpreter(struct span elf, uint64_t *found)
{
	uint16_t count, size;
	uint64_t at;
	uint32_t type;

	if (!span_le64(elf, E_PHOFF, &at) || !span_le16(elf, E_PHNUM, &count) || !span_le16(elf, E_PHENTSIZE, &size) ||
	    size < 4 || at > elf.size)
		return -EINVAL;
	for (uint64_t i = 0; i < count; i++) {
		*found = at + i * size;
		if (!span_le32(elf, *found, &type))
			return -EINVAL;
		if (type == PT_INTERP)
			return 1;
	}
	return 0;
}

bool elf_program_interpreter(char *name, size_t size, struct span program)
{
	uint64_t header, at, length;
	struct span text;

	if (!is_elf64(program) || find_interpreter(program, &header) <= 0)
		return false;
	snprintf(name, size, "a dynamic linker");
	if (!span_le64(program, header + P_OFFSET, &at) || !span_le64(program, header + P_FILESZ, &length))
		return true;
	text = span_part(program, at, length);
	if (text.size && text.data[0] == '/' && text.size <= size)
		snprintf(name, size, "%.*s", (int)text.size, (const char *)text.data);
	return true;
}

int elf_program_identify(enum arch *arch, struct span program, struct error *e)
{
	uint16_t type = 0;
	uint64_t header;
	int status;

	span_le16(program, E_TYPE, &type);
	if (!is_elf64(program) || (type != ET_EXEC && type != ET_DYN))
		return error_set(e, EINVAL, "not a 64-bit program");
	*arch = elf_program_arch(program);
	if (*arch == ARCH_UNKNOWN)
		return error_set(e, EINVAL, "a program for another machine than x86-64 and arm64");
	status = find_interpreter(program, &header);
	if (status < 0)
		return error_set(e, EINVAL, "a truncated ELF file");
	if (status > 0)
		return error_set(e, EINVAL,
				 "it needs shared libraries, which the image does not have; build it static "
				 "('make' does)");
	return 0;
}
