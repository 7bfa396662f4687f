/* ELF headers, program headers and notes as bytes, and the note in which a dump says what it left out. */
#include <stdlib.h>

#include "dump/dump_summary.h"
#include "fmt/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read of a note can be shown, and written. */
static void check_summary(struct span notes)
{
	struct dump_stats stats;
	char table[SUMMARY_TABLE_SIZE];
	uint8_t note[SUMMARY_NOTE_SIZE];
	unsigned level;

	if (!summary_read_note(notes, &stats, &level))
		return;
	if (summary_table(table, &stats, level, 4096) >= sizeof(table))
		abort();
	summary_write_note(note, &stats, level, true);
	summary_degraded(&stats);
}

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
	check_summary(s);
	return 0;
}
