/* ELF headers, program headers and notes as bytes. */
#include "fmt/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of(data, size);
	struct elf_header h;
	struct elf_phdr p;
	struct elf_note note;
	size_t pos = 0;
	uint32_t n;
	struct error e;

	elf_read_header(s, &h, &e);
	for (uint32_t i = 0; elf_read_phdr(s, i, &p); i++)
		;
	elf_read_xnum(s, &n);
	while (elf_next_note(s, &pos, &note))
		if (elf_note_is(&note, "VMCOREINFO", 0) && note.desc.size > size)
			__builtin_trap();
	return 0;
}
