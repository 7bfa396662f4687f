/* ELF, notes, VMCOREINFO, KDUMP and flattened records as bytes. */
#include <errno.h>
#include <string.h>

#include "fmt/elf.h"
#include "fmt/flattened.h"
#include "fmt/kdump_format.h"
#include "fmt/vmcoreinfo.h"
#include "unit/test.h"

static void elf_header(struct test *t)
{
	struct elf_header in = {.machine = ELF_MACHINE_ARM64, .flags = 5, .phoff = 192, .phnum = 70000, .shoff = 64},
			  out;
	uint8_t bytes[ELF_HEADER_SIZE], section[ELF_SHDR_SIZE];
	uint32_t phnum = 0;
	struct error e;

	elf_write_header(bytes, &in);
	CHECK_INT(t, elf_read_header(span_of(bytes, sizeof(bytes)), &out, &e), 0);
	CHECK_INT(t, out.machine, ELF_MACHINE_ARM64);
	CHECK_INT(t, out.phoff, 192);
	CHECK_INT(t, out.phnum, ELF_PN_XNUM);
	CHECK_INT(t, out.shoff, 64);
	elf_write_xnum(section, 70000);
	CHECK(t, elf_read_xnum(span_of(section, sizeof(section)), &phnum));
	CHECK_INT(t, phnum, 70000);
	bytes[52] = 8; /* e_ehsize, as QEMU 7.2 writes it */
	CHECK_INT(t, elf_read_header(span_of(bytes, sizeof(bytes)), &out, &e), 0);
}

/* What a file is instead of a vmcore is said by name. */
static void elf_refused(struct test *t)
{
	static const struct {
		const char *bytes, *why;
		size_t size;
	} cases[] = {
		{"", "empty", 0},
		{"hello, world\n", "not an ELF file", 13},
		{"\177ELF\2\1\1", "truncated", 7},
		{"KDUMP   \6\0\0\0", "KDUMP file", 12},
		{"makedumpfile\0\0\0\0", "flattened", 16},
	};
	struct elf_header h = {.machine = 62}, out;
	uint8_t bytes[ELF_HEADER_SIZE];
	struct error e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_INT(t, elf_read_header(span_of(cases[i].bytes, cases[i].size), &out, &e), -ENOEXEC);
		CHECK_HAS(t, e.text, cases[i].why);
	}
	elf_write_header(bytes, &h);
	bytes[4] = 1;
	CHECK_INT(t, elf_read_header(span_of(bytes, sizeof(bytes)), &out, &e), -ENOEXEC);
	CHECK_HAS(t, e.text, "32-bit");
	elf_write_header(bytes, &h);
	bytes[5] = 2;
	CHECK_INT(t, elf_read_header(span_of(bytes, sizeof(bytes)), &out, &e), -ENOEXEC);
	CHECK_HAS(t, e.text, "big-endian");
	elf_write_header(bytes, &h);
	bytes[16] = 2;
	CHECK_INT(t, elf_read_header(span_of(bytes, sizeof(bytes)), &out, &e), -ENOEXEC);
	CHECK_HAS(t, e.text, "not a core file");
}

static void elf_notes(struct test *t)
{
	uint8_t bytes[64] = {5, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 'C', 'O', 'R', 'E', 0, 0, 0, 0, 'a', 'b', 'c', 0};
	struct elf_note note;
	size_t pos = 0;

	/* 24 bytes of a note, then zeros that the kernel left, then a note that says it is longer than the span */
	bytes[48] = 200;
	bytes[52] = 1;
	CHECK(t, elf_next_note(span_of(bytes, sizeof(bytes)), &pos, &note));
	CHECK(t, elf_note_is(&note, "CORE", 1));
	CHECK(t, !elf_note_is(&note, "COR", 1));
	CHECK(t, !elf_note_is(&note, "CORE", 2));
	CHECK_INT(t, note.desc.size, 3);
	CHECK_MEM(t, note.desc.data, "abc", 3);
	CHECK(t, !elf_next_note(span_of(bytes, sizeof(bytes)), &pos, &note));
	CHECK_INT(t, pos, 48);
}

static void vmcoreinfo(struct test *t)
{
	static const char text[] =
		"OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(prb)=ffffffff82a4f0a0\nOFFSET(page.flags)=0\n"
		"NUMBER(phys_base)=-1048576\nNUMBER(hex)=0x1f\nSIZE(page)=64\nLENGTH(zone.free_area)=11\n"
		"KERNELOFFSET=1c000000\nNUMBER(huge)=99999999999999999999\nSYMBOL(bad)=12zz\nEMPTY=\n"
		"CRASHTIME=17";
	struct span s = span_of(text, sizeof(text) - 1);
	uint64_t u = 1;
	int64_t n;
	char out[8];

	CHECK(t, vmcoreinfo_symbol(s, "prb", &u) && u == 0xffffffff82a4f0a0);
	CHECK(t, vmcoreinfo_number(s, "phys_base", &n) && n == -1048576);
	CHECK(t, vmcoreinfo_number(s, "hex", &n) && n == 31);
	CHECK(t, vmcoreinfo_size(s, "page", &u) && u == 64);
	CHECK(t, vmcoreinfo_offset(s, "page.flags", &u) && u == 0);
	CHECK(t, vmcoreinfo_length(s, "zone.free_area", &u) && u == 11);
	CHECK(t, vmcoreinfo_hex(s, "KERNELOFFSET", &u) && u == 0x1c000000);
	CHECK(t, vmcoreinfo_decimal(s, "PAGESIZE", &u) && u == 4096);
	CHECK(t, vmcoreinfo_text(s, "OSRELEASE", out, sizeof(out)));
	CHECK_STR(t, out, "6.1.0");
	CHECK(t, !vmcoreinfo_text(s, "OSRELEASE", out, 5)); /* does not fit */
	CHECK(t, vmcoreinfo_get(s, "EMPTY").data != NULL && vmcoreinfo_get(s, "EMPTY").size == 0);
	CHECK(t, !vmcoreinfo_decimal(s, "EMPTY", &u));
	CHECK(t, !vmcoreinfo_number(s, "huge", &n));
	CHECK(t, !vmcoreinfo_symbol(s, "bad", &u));
	CHECK(t, !vmcoreinfo_size(s, "pag", &u));
	/* The last line has been cut: who knows what its number was. */
	CHECK(t, !vmcoreinfo_decimal(s, "CRASHTIME", &u));
}

static void kdump_headers(struct test *t)
{
	struct kdump_header in = {.uts = "Linux",
				  .time = 1700000000,
				  .status = 9,
				  .block_size = 4096,
				  .nr_cpus = 3,
				  .max_pfn = 40000000000,
				  .phys_base = 0x1000000,
				  .dump_level = 31,
				  .notes_size = 5000,
				  .vmcoreinfo_offset = 5555,
				  .vmcoreinfo_size = 100},
			    out;
	uint8_t header[KDUMP_HEADER_SIZE], sub[KDUMP_SUB_HEADER_SIZE];
	struct kdump_layout at;
	struct error e;

	kdump_layout(&in, 1000, &at);
	in.notes_offset = at.notes;
	CHECK_INT(t, at.notes, 4096 + 104);
	CHECK_INT(t, at.bitmap1, 4096 * (1 + 2)); /* 104 + 5000 bytes take two blocks */
	CHECK_INT(t, at.bitmap_size, 5000003584); /* 40e9 bits in whole blocks */
	CHECK_INT(t, at.descs, at.bitmap2 + at.bitmap_size);
	CHECK_INT(t, at.data, at.descs + 6 * 4096); /* 24000 bytes */
	kdump_write_header(header, &in);
	kdump_write_sub_header(sub, &in);
	CHECK_INT(t, get_le32(header + 440), UINT32_MAX); /* clamped */
	CHECK_INT(t, get_le32(header + 432), 2);
	CHECK_INT(t, kdump_read_header(span_of(header, sizeof(header)), span_of(sub, sizeof(sub)), &out, &e), 0);
	CHECK_INT(t, out.max_pfn, in.max_pfn);
	CHECK_INT(t, out.status, 9);
	CHECK_INT(t, out.time, in.time);
	CHECK_INT(t, out.dump_level, 31);
	CHECK_INT(t, out.vmcoreinfo_offset, 5555);
	header[8] = 5;
	CHECK_INT(t, kdump_read_header(span_of(header, sizeof(header)), span_of(sub, sizeof(sub)), &out, &e), -ENOEXEC);
	CHECK_HAS(t, e.text, "version 5");
	header[8] = 6;
	header[429] = 3;
	CHECK_INT(t, kdump_read_header(span_of(header, sizeof(header)), span_of(sub, sizeof(sub)), &out, &e), -ENOEXEC);
}

static void flattened(struct test *t)
{
	static uint8_t header[FLATTENED_HEADER_SIZE];
	uint8_t record[FLATTENED_RECORD_SIZE];

	flattened_write_header(header);
	CHECK_MEM(t, header, "makedumpfile\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0", 33);
	flattened_write_record(record, 0x0102030405060708, 16);
	CHECK_MEM(t, record, "\1\2\3\4\5\6\7\10\0\0\0\0\0\0\0\20", 16);
}

void suite_formats(struct test *t)
{
	test_run(t, "an ELF header, with many program headers and of a hypervisor", elf_header);
	test_run(t, "what is no vmcore is named", elf_refused);
	test_run(t, "notes, padding between them, and a note that is cut", elf_notes);
	test_run(t, "VMCOREINFO's kinds of values, and a cut line", vmcoreinfo);
	test_run(t, "KDUMP headers and layout", kdump_headers);
	test_run(t, "flattened records", flattened);
}
