/* The memory budget: kernels and images made by hand, and what the forecast says of them. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "budget/budget.h"
#include "kernel/capture_cmdline.h"
#include "fmt/elf.h"
#include "fmt/kernel_layout.h"
#include "compress/compress.h"
#include "text/reservation.h"
#include "budget/budget_report.h"
#include "unit/test.h"

#define KIB UINT64_C(1024)
#define MIB UINT64_C(1048576)

/* --- a vmlinux and a bzImage ----------------------------------------------------------------------------------------
 */

enum { VMLINUX_SIZE = 4096, NAMES_AT = 2048, SECTIONS_AT = 3072, SECTIONS = 9 };

static const char names[] = "\0.text\0.data..percpu\0.init.text\0.smp_locks\0.bss\0.rodata\0.data\0.shstrtab";

static void put_section(uint8_t *elf, unsigned i, const char *name, uint64_t address, uint64_t size)
{
	uint8_t *header = elf + SECTIONS_AT + i * ELF_SHDR_SIZE;
	const char *at = memmem(names, sizeof(names), name, strlen(name) + 1);

	put_le32(header, (uint32_t)(at - names));
	put_le64(header + 16, address);
	put_le64(header + 24, strcmp(name, ".shstrtab") == 0 ? NAMES_AT : 0);
	put_le64(header + 32, size);
}

/* 10 MiB up to the end of .bss, 1 MiB of it init memory; 1 MiB of scratch space behind them. */
static void make_vmlinux(uint8_t elf[VMLINUX_SIZE])
{
	static const struct elf_phdr segments[] = {
		{.type = ELF_PT_LOAD, .paddr = 16 * MIB, .memsz = 8 * MIB, .align = 2 * MIB},
		{.type = ELF_PT_NOTE, .paddr = 900 * MIB, .memsz = 1},
		{.type = ELF_PT_LOAD, .paddr = 24 * MIB, .memsz = 3 * MIB, .align = 2 * MIB},
	};
	const uint64_t base = UINT64_C(0xffffffff81000000);

	memset(elf, 0, VMLINUX_SIZE);
	memcpy(elf, "\177ELF\2\1\1", 7);
	put_le16(elf + 16, 2);
	put_le16(elf + 18, ELF_MACHINE_X86_64);
	put_le64(elf + 32, ELF_HEADER_SIZE);
	put_le64(elf + 40, SECTIONS_AT);
	put_le16(elf + 54, ELF_PHDR_SIZE);
	put_le16(elf + 56, 3);
	put_le16(elf + 58, ELF_SHDR_SIZE);
	put_le16(elf + 60, SECTIONS);
	put_le16(elf + 62, SECTIONS - 1);
	for (unsigned i = 0; i < 3; i++)
		elf_write_phdr(elf + ELF_HEADER_SIZE + i * ELF_PHDR_SIZE, &segments[i]);
	memcpy(elf + NAMES_AT, names, sizeof(names));
	put_section(elf, 1, ".text", base, 8 * MIB);
	put_section(elf, 2, ".data..percpu", 0, 200 * KIB);
	put_section(elf, 3, ".init.text", base + 8 * MIB, 1 * MIB);
	put_section(elf, 4, ".smp_locks", base + 9 * MIB, 4 * KIB);
	put_section(elf, 5, ".bss", base + 9 * MIB + 4 * KIB, 1 * MIB - 4 * KIB);
	put_section(elf, 6, ".rodata", base + 8 * MIB, 0);
	put_section(elf, 7, ".data", base + 8 * MIB, 0);
	put_section(elf, 8, ".shstrtab", 0, sizeof(names));
}

/* What lies between the code, the read-only data and the data comes back on x86-64. */
static void gaps(struct test *t)
{
	const uint64_t base = UINT64_C(0xffffffff81000000);
	struct kernel_layout layout;
	uint8_t elf[VMLINUX_SIZE];
	struct error e;

	make_vmlinux(elf);
	put_section(elf, 1, ".text", base, 5 * MIB + 100 * KIB - 5);
	put_section(elf, 6, ".rodata", base + 6 * MIB, 1 * MIB + 8 * KIB);
	CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, sizeof(elf)), &e), 0);
	CHECK_INT(t, layout.init, 1 * MIB + 924 * KIB + 1016 * KIB);
	/* One of 2 MiB or more is none that alignment has left. */
	put_section(elf, 1, ".text", base, 4 * MIB);
	CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, sizeof(elf)), &e), 0);
	CHECK_INT(t, layout.init, 1 * MIB + 1016 * KIB);
	put_le16(elf + 18, ELF_MACHINE_ARM64);
	CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, sizeof(elf)), &e), 0);
	CHECK_INT(t, layout.init, 1 * MIB);
}

/* A header of 1024 bytes, and a payload behind it as it is given. */
static void make_bzimage(struct buffer *image, struct span payload)
{
	uint8_t head[1024] = {[0x1f1] = 1};

	memcpy(head + 0x1fe, "\x55\xaaxxHdrS", 8);
	put_le16(head + 0x206, 0x20f);
	put_le16(head + 0x20e, 0x100);
	memcpy(head + 0x300, "6.1.0 (root@x)", 15);
	put_le32(head + 0x230, 2 * MIB);
	put_le16(head + 0x236, 1);
	put_le32(head + 0x24c, (uint32_t)payload.size);
	put_le32(head + 0x260, 16 * MIB);
	buffer_add(image, head, sizeof(head));
	buffer_add(image, payload.data, payload.size);
}

static void vmlinux(struct test *t)
{
	struct kernel_layout layout;
	uint8_t elf[VMLINUX_SIZE];
	struct error e;

	make_vmlinux(elf);
	CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, sizeof(elf)), &e), 0);
	CHECK_INT(t, layout.span, 11 * MIB);
	CHECK_INT(t, layout.resident, 10 * MIB);
	CHECK_INT(t, layout.init, 1 * MIB);
	CHECK_INT(t, layout.percpu, 200 * KIB);
	CHECK_INT(t, layout.alignment, 2 * MIB);
	/* Cut short anywhere in front of its last section's header, it is refused. */
	for (size_t size = 0; size < SECTIONS_AT + SECTIONS * ELF_SHDR_SIZE; size++)
		CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, size), &e), -EINVAL);
	/* As is one whose headers are not in it, or contradict each other. */
	put_le64(elf + 40, UINT64_MAX - 64);
	CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, sizeof(elf)), &e), -EINVAL);
	make_vmlinux(elf);
	put_section(elf, 5, ".bss", UINT64_C(0xffffffff80000000), MIB);
	CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, sizeof(elf)), &e), -EINVAL);
	make_vmlinux(elf);
	put_section(elf, 4, ".smp_locks", UINT64_C(0xffffffffc1000000), MIB);
	CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, sizeof(elf)), &e), -EINVAL);
	make_vmlinux(elf);
	put_le64(elf + ELF_HEADER_SIZE + 40, UINT64_MAX);
	CHECK_INT(t, kernel_layout_read(&layout, span_of(elf, sizeof(elf)), &e), -EINVAL);
	CHECK_HAS(t, e.text, "segment");
}

static void bzimage(struct test *t)
{
	struct buffer image CLEANUP(buffer_deinit) = {0}, broken CLEANUP(buffer_deinit) = {0};
	struct buffer payload CLEANUP(buffer_deinit) = {0};
	struct kernel_size size;
	uint8_t elf[VMLINUX_SIZE];
	struct error e;

	make_vmlinux(elf);
	CHECK_INT(t, compress_data(&payload, COMPRESSION_GZIP, span_of(elf, sizeof(elf)), &e), 0);
	make_bzimage(&image, buffer_span(&payload));
	CHECK_INT(t, kernel_size_read(&size, buffer_span(&image), &e), 0);
	CHECK(t, size.exact);
	CHECK_INT(t, size.kind, KERNEL_BZIMAGE);
	CHECK_INT(t, size.load, 16 * MIB);
	CHECK_INT(t, size.span, 11 * MIB);
	CHECK_INT(t, size.resident, 10 * MIB);
	CHECK_INT(t, size.alignment, 2 * MIB);
	/* Where the vmlinux cannot be had, its size is the room that it unpacks itself in, and why is said. */
	make_bzimage(&broken, span_part(buffer_span(&payload), 0, payload.size / 2));
	CHECK_INT(t, kernel_size_read(&size, buffer_span(&broken), &e), 0);
	CHECK(t, !size.exact);
	CHECK_INT(t, size.resident, 16 * MIB);
	CHECK(t, size.why[0] && !strstr(size.why, "/proc"));
	for (size_t cut = 1; cut < image.size; cut += 7)
		kernel_size_read(&size, span_part(buffer_span(&image), 0, image.size - cut), &e);
	CHECK_INT(t, kernel_size_read(&size, span_of("no kernel", 9), &e), -EINVAL);
}

static void other_kernels(struct test *t)
{
	uint8_t elf[VMLINUX_SIZE], image[64] = {0};
	struct kernel_size size;
	struct error e;

	make_vmlinux(elf);
	CHECK_INT(t, kernel_size_read(&size, span_of(elf, sizeof(elf)), &e), 0);
	CHECK_INT(t, size.load, 11 * MIB);
	CHECK_INT(t, size.init, 1 * MIB);
	CHECK_INT(t, kernel_size_read(&size, span_of(elf, 2000), &e), -EINVAL);
	memcpy(image + 56, "ARM\x64", 4);
	CHECK_INT(t, kernel_size_read(&size, span_of(image, sizeof(image)), &e), -EINVAL);
	put_le64(image + 16, 30 * MIB);
	put_le64(image + 24, 2 << 1);
	CHECK_INT(t, kernel_size_read(&size, span_of(image, sizeof(image)), &e), 0);
	CHECK_INT(t, size.resident, 30 * MIB);
	CHECK_INT(t, size.page_size, 16384);
}

/* --- images ---------------------------------------------------------------------------------------------------------
 */

static uint64_t buffers_of(const char *bytes, size_t size)
{
	struct compression_cost cost;

	compression_cost_read(&cost, span_of(bytes, size));
	return cost.buffers;
}

static void packings(struct test *t)
{
	/* Made by xz -T1 --lzma2=dict=1MiB, and zstd -3 with and without the content's size. */
	static const char xz[] = "\xfd"
				 "7zXZ\0\0\1\x69\x22\xde\x36\2\0\x21\1\x10\0\0\0";
	static const char zstd[] = "\x28\xb5\x2f\xfd\x04\x58\1\2\3\4", one[] = "\x28\xb5\x2f\xfd\xa4\0\0\x10\0\0";
	struct compression_cost cost;

	CHECK_INT(t, buffers_of("070701", 6), 0);
	CHECK_INT(t, buffers_of("\x1f\x8b\x08", 3), 74 * KIB);
	CHECK_INT(t, buffers_of("\x02\x21\x4c\x18", 4), 8 * MIB);
	CHECK_INT(t, buffers_of(xz, sizeof(xz) - 1), 1 * MIB + 64 * KIB);
	CHECK_INT(t, buffers_of(zstd, sizeof(zstd) - 1), 2 * MIB + 640 * KIB);
	CHECK_INT(t, buffers_of(one, sizeof(one) - 1), 1 * MIB + 640 * KIB);
	compression_cost_read(&cost, span_of(xz, sizeof(xz) - 1));
	CHECK(t, cost.known);
	/* Cut short: the format is told, and its usual dictionary taken. */
	for (size_t size = 6; size < 17; size++)
		CHECK_INT(t, buffers_of(xz, size), 8 * MIB);
	compression_cost_read(&cost, span_of(xz, 8));
	CHECK(t, !cost.known);
	CHECK_INT(t, compression_cost_buffers(COMPRESSION_LZ4), 8 * MIB);
	CHECK_INT(t, compression_cost_buffers(COMPRESSION_GZIP), 74 * KIB);
}

/* --- the forecast ---------------------------------------------------------------------------------------------------
 */

static struct budget_input an_input(const char *release)
{
	struct budget_input input = {
		.kernel = {.arch = ARCH_X86_64},
		.size = {.kind = KERNEL_BZIMAGE,
			 .load = 16 * MIB,
			 .alignment = 2 * MIB,
			 .span = 11 * MIB,
			 .resident = 10 * MIB,
			 .init = 1 * MIB,
			 .percpu = 200 * KIB,
			 .page_size = 4096,
			 .exact = true},
		.compressed = 100 * KIB,
		.uncompressed = 200 * KIB,
		.compression = {.format = COMPRESSION_GZIP, .buffers = 74 * KIB, .known = true},
	};

	strcpy(input.kernel.release, release);
	return input;
}

static uint64_t minimum_of(const char *release)
{
	struct budget_input input = an_input(release);

	return budget_minimum(&input);
}

/* Each figure by hand, from doc/budget.md. */
static void figures(struct test *t)
{
	struct budget_input input = an_input("6.1.0");
	struct budget_moment moment;

	budget_moment_make(&moment, &input, BUDGET_LOADING, 32 * MIB);
	/* 2 MiB in front of the kernel, for the headers and the image; the loader's small parts behind it. */
	CHECK_INT(t, moment.total, 2 * MIB + 16 * MIB + 128 * KIB);
	budget_moment_make(&moment, &input, BUDGET_UNPACKING, 32 * MIB);
	CHECK_INT(t, moment.bytes[BUDGET_KERNEL], 10 * MIB);
	CHECK_INT(t, moment.bytes[BUDGET_PAGE_ARRAY], 6 * MIB);
	CHECK_INT(t, moment.bytes[BUDGET_BOOT], (1424 + 10640 + 228) * KIB);
	CHECK_INT(t, moment.bytes[BUDGET_IMAGE], (100 + 200 + 64 + 74) * KIB);
	/* Headers, the raised mark, and the mark itself: the root of 16 times 16384. */
	CHECK_INT(t, moment.bytes[BUDGET_MARGIN], (64 + 2048 + 512) * KIB);
	budget_moment_make(&moment, &input, BUDGET_DUMPING, 32 * MIB);
	CHECK_INT(t, moment.bytes[BUDGET_KERNEL], 9 * MIB);
	CHECK_INT(t, moment.bytes[BUDGET_IMAGE], 264 * KIB);
	CHECK_INT(t, moment.bytes[BUDGET_DUMP], 3 * MIB);
	CHECK_INT(t, budget_minimum(&input), 32 * MIB);
}

/* The image goes in front of the kernel or behind it, wherever it fits first. */
static void placing(struct test *t)
{
	static const struct {
		uint64_t load, compressed, total; /* KiB */
	} cases[] = {
		{16384, 4, 18560},    /* beside the headers */
		{16384, 1984, 18560}, /* the last that fits there */
		{16384, 1988, 20548}, /* behind the kernel, which cannot go higher for it */
		{16384, 4096, 22656}, /* only in front: 64 KiB and 4 MiB make 6 MiB */
		{46456, 116, 48632},  /* as 5.10: loads in 48M, not in 46M */
	};
	struct budget_input input = an_input("6.1.0");
	struct budget_moment moment;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		input.size.load = cases[i].load * KIB;
		input.compressed = cases[i].compressed * KIB;
		budget_moment_make(&moment, &input, BUDGET_LOADING, 64 * MIB);
		CHECK_INT(t, moment.total / KIB, cases[i].total);
	}
	input.kernel.arch = ARCH_ARM64;
	input.compressed = 100 * KIB;
	input.size.load = 30 * MIB;
	budget_moment_make(&moment, &input, BUDGET_LOADING, 64 * MIB);
	CHECK_INT(t, moment.total / KIB, 30 * 1024 + 100 + 1024 + 64);
}

/* Whatever grows, the minimum never gets smaller, and it is the first size that holds everything. */
static void grows(struct test *t)
{
	const struct budget_input first = an_input("6.12.0");
	uint64_t before[6] = {0};

	for (uint64_t more = 0; more < 40 * MIB; more += 3 * MIB + 4 * KIB) {
		struct budget_input inputs[6] = {first, first, first, first, first, first};
		struct budget budget;
		struct error e;

		inputs[0].compressed += more;
		inputs[1].uncompressed += more;
		inputs[2].modules += more;
		inputs[3].size.load += more;
		inputs[4].size.resident += more;
		inputs[5].compression.buffers += more;
		for (size_t i = 0; i < 6; i++) {
			uint64_t minimum = budget_minimum(&inputs[i]);

			CHECK(t, minimum >= before[i]);
			CHECK_INT(t, minimum % BUDGET_STEP, 0);
			before[i] = minimum;
			inputs[i].reservation = minimum;
			CHECK_INT(t, budget_make(&budget, &inputs[i], &e), 0);
			CHECK(t, budget.fits);
			inputs[i].reservation = minimum - BUDGET_STEP;
			CHECK_INT(t, budget_make(&budget, &inputs[i], &e), 0);
			CHECK(t, !budget.fits);
		}
	}
	for (size_t i = 0; i < 6; i++)
		CHECK(t, before[i] > minimum_of("6.12.0"));
}

/* A version that was not measured gets the worse of its neighbours, an unknown one the worst of all. */
static void versions(struct test *t)
{
	struct budget_input input = an_input("6.5.0");
	struct budget budget;
	struct error e;

	CHECK(t, minimum_of("6.5.0") >= minimum_of("6.1.0") && minimum_of("6.5.0") >= minimum_of("6.12.0"));
	CHECK(t, minimum_of("5.4.0") >= minimum_of("5.10.0"));
	CHECK(t, minimum_of("9.0.0") >= minimum_of("7.2.0"));
	CHECK(t, minimum_of("") >= minimum_of("7.2.0") && minimum_of("") >= minimum_of("6.1.0"));
	CHECK_INT(t, budget_make(&budget, &input, &e), 0);
	budget_advise(&budget);
	CHECK_HAS(t, budget.note[0], "those of 6.1 and 6.12");
	input = an_input("6.1.0");
	CHECK_INT(t, budget_make(&budget, &input, &e), 0);
	budget_advise(&budget);
	CHECK(t, !strstr(budget.note[0], "measured"));
}

/* Half of what it allocates goes by its size, where that was looked at. */
static void scaled(struct test *t)
{
	struct kernel_size size = {.exact = true, .code = 14343 * KIB, .page_size = 4096};
	struct budget_facts facts;

	budget_facts_find(&facts, ARCH_X86_64, KERNEL_VERSION_OF(6, 1), &size);
	CHECK_INT(t, facts.boot, 10640 * KIB);
	size.code *= 2;
	budget_facts_find(&facts, ARCH_X86_64, KERNEL_VERSION_OF(6, 1), &size);
	CHECK_INT(t, facts.boot, 15960 * KIB);
	size.code /= 200;
	budget_facts_find(&facts, ARCH_X86_64, KERNEL_VERSION_OF(6, 1), &size);
	CHECK(t, facts.boot > 5320 * KIB && facts.boot < 5400 * KIB);
	size.exact = false;
	budget_facts_find(&facts, ARCH_X86_64, KERNEL_VERSION_OF(6, 1), &size);
	CHECK_INT(t, facts.boot, 10640 * KIB);
	size = (struct kernel_size){.exact = true, .resident = 27328 * KIB, .page_size = 4096};
	budget_facts_find(&facts, ARCH_ARM64, KERNEL_VERSION_OF(6, 1), &size);
	CHECK_INT(t, facts.boot, 8216 * KIB);
	CHECK(t, facts.measured);
	size.page_size = 65536;
	budget_facts_find(&facts, ARCH_ARM64, KERNEL_VERSION_OF(6, 1), &size);
	CHECK(t, !facts.measured);
	CHECK_INT(t, facts.section, 512 * MIB);
}

static void sections(struct test *t)
{
	struct budget_input input = an_input("6.1.0");
	struct budget_moment moment;
	static const struct {
		uint64_t place, reservation, page_array; /* MiB */
	} cases[] = {
		{0, 64, 6},   {256, 64, 4}, {256, 128, 4}, {256, 130, 6},
		{224, 64, 6}, {16, 64, 2},  {0, 128, 6},   {0, 132, 8},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		input.place = cases[i].place * MIB;
		budget_moment_make(&moment, &input, BUDGET_DUMPING, cases[i].reservation * MIB);
		CHECK_INT(t, moment.bytes[BUDGET_PAGE_ARRAY] / MIB, cases[i].page_array);
	}
	/* arm64: nothing of the first MiB; before 5.12 in pieces of 1 GiB. */
	input = an_input("6.1.0");
	input.kernel.arch = ARCH_ARM64;
	budget_moment_make(&moment, &input, BUDGET_DUMPING, 64 * MIB);
	CHECK_INT(t, moment.bytes[BUDGET_PAGE_ARRAY] / MIB, 4);
	strcpy(input.kernel.release, "5.10.0");
	budget_moment_make(&moment, &input, BUDGET_DUMPING, 64 * MIB);
	CHECK_INT(t, moment.bytes[BUDGET_PAGE_ARRAY] / MIB, 32);
}

static uint64_t boot_with(struct budget_input input, const char *line)
{
	struct budget_moment moment;

	input.cmdline = line;
	budget_moment_make(&moment, &input, BUDGET_UNPACKING, 64 * MIB);
	return moment.bytes[BUDGET_BOOT] / KIB;
}

static void words(struct test *t)
{
	struct budget_input input = an_input("6.1.0"), later = an_input("6.12.0");
	struct buffer line CLEANUP(buffer_deinit) = {0};
	uint64_t recommended = boot_with(input, NULL);
	struct error e;

	CHECK_INT(t, capture_cmdline_write(&line, &input.kernel, false, "console=ttyS0", &e), 0);
	CHECK_INT(t, boot_with(input, buffer_text(&line)), recommended);
	CHECK_INT(t, boot_with(input, ""), recommended + 3892 + 8584 + 1332);
	CHECK_INT(t, boot_with(input, "percpu_alloc=page"), recommended + 8584 + 1332);
	CHECK_INT(t, boot_with(input, "xpercpu_alloc=page percpu_alloc=pages"), recommended + 3892 + 8584 + 1332);
	/* tracefs costs nothing from 6.6 on. */
	CHECK_INT(t, boot_with(later, ""), boot_with(later, NULL) + 3892 + 1332);
	CHECK_INT(t, boot_with(later, "nr_cpus=4"), boot_with(later, "nr_cpus=1") + 3 * 228);
	input.encrypted = true;
	CHECK_INT(t, boot_with(input, NULL), recommended + 65536);
	CHECK_INT(t, boot_with(input, "swiotlb=4096"), boot_with(input, "") - 65536 + 8192);
	CHECK(t, budget_has_word("a root=b c", "c") && budget_has_word("a", "a") && !budget_has_word("ab", "a"));
}

/* The kernel's own tmpfs takes half of memory at most. */
static void rootfs(struct test *t)
{
	struct budget_input input = an_input("6.12.0");
	uint64_t without;

	input.uncompressed = 60 * MIB;
	input.cmdline = "nr_cpus=1";
	without = budget_minimum(&input);
	input.cmdline = "nr_cpus=1 rootfstype=ramfs";
	CHECK(t, without > budget_minimum(&input) + 30 * MIB);
	input.cmdline = "nr_cpus=1";
	input.uncompressed = 1 * MIB;
	without = budget_minimum(&input);
	input.cmdline = "nr_cpus=1 rootfstype=ramfs";
	CHECK_INT(t, without, budget_minimum(&input));
}

/* --- what is asked for and what is said -----------------------------------------------------------------------------
 */

static void sizes(struct test *t)
{
	static const struct {
		const char *text;
		uint64_t reservation, place;
	} good[] = {
		{"64M", 64 * MIB, 0},       {"64m@256M", 64 * MIB, 256 * MIB},
		{"0x4000000", 64 * MIB, 0}, {"65536K@0x10000000", 64 * MIB, 256 * MIB},
		{"1G", 1024 * MIB, 0},
	};
	static const char *const bad[] = {
		"",   "M",     "64MB", "64M,high", "1G-4G:64M",           "64M@", "-64M", "65G",
		"4K", "64M@x", " 64M", "0",        "99999999999999999999"};
	struct budget_input input = {0};
	struct error e;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_INT(t, reservation_read(&input.reservation, &input.place, good[i].text, &e), 0);
		CHECK_INT(t, input.reservation, good[i].reservation);
		CHECK_INT(t, input.place, good[i].place);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(t, reservation_read(&input.reservation, &input.place, bad[i], &e), -EINVAL);
		CHECK_HAS(t, e.text, "64M@256M");
	}
	input = an_input("6.1.0");
	input.compressed = 0;
	CHECK_INT(t, budget_make(&(struct budget){0}, &input, &e), -EINVAL);
	input.size.load = 0;
	CHECK_INT(t, budget_make(&(struct budget){0}, &input, &e), -EINVAL);
	CHECK_HAS(t, e.text, "-k");
}

static void print(struct buffer *out, const struct budget_input *input)
{
	struct budget budget;
	struct error e;

	if (budget_make(&budget, input, &e) == 0) {
		budget_advise(&budget);
		budget_report_print(out, &budget);
		budget_report_json(out, &budget);
		budget_report_minimum(out, &budget);
	}
}

static void report_fits(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct budget_input input = an_input("6.1.0-56-cloud-amd64");

	input.reservation = 60 * MIB;
	print(&out, &input);
	CHECK_HAS(t, buffer_text(&out),
		  "crashkernel=60M for Linux 6.1.0-56-cloud-amd64: fits, 28.6 MiB free at the tightest "
		  "moment (unpacking)\n");
	/* 16 MiB of 60 are 16 cells of 60. */
	CHECK_HAS(t, buffer_text(&out),
		  "\n  loading   |KKKKKKKKKKKKKKKKIm..........................................|\n");
	CHECK_HAS(t, buffer_text(&out), "\n  kernel                 16384       10240        9216\n");
	CHECK_HAS(t, buffer_text(&out), "The smallest that holds it: crashkernel=32M\n");
	CHECK_HAS(t, buffer_text(&out), "boundary of 128 MiB costs 2 MiB more");
	CHECK_HAS(t, buffer_text(&out), "\n32M\n");
	CHECK_HAS(t, buffer_text(&out), "\"reservation\": 62914560,\n  \"minimum\": 33554432,\n  \"fits\": true,");
	CHECK_HAS(t, buffer_text(&out), "\"loading\": {\"kernel\": 16777216, \"page_array\": 0, ");
	CHECK(t, !strstr(buffer_text(&out), "What to change"));
}

/* Arrays and encrypted devices count while it dumps. */
static void volumes(struct test *t)
{
	struct budget_input input = an_input("6.1.0");
	struct budget_moment with, without;

	for (int when = 0; when < BUDGET_MOMENTS; when++) {
		input.volumes = 0;
		budget_moment_make(&without, &input, (enum budget_when)when, 64 * MIB);
		input.volumes = 5 * MIB;
		budget_moment_make(&with, &input, (enum budget_when)when, 64 * MIB);
		CHECK_INT(t, with.total - without.total, when == BUDGET_DUMPING ? 5 * MIB : 0);
	}
}

static void report_over(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct budget_input input = an_input("6.1.0");

	input.reservation = 30 * MIB;
	input.compression = (struct compression_cost){.format = COMPRESSION_LZ4, .buffers = 8 * MIB, .known = true};
	input.cmdline = "nr_cpus=1 rootfstype=ramfs quote=\"a b\"";
	print(&out, &input);
	CHECK_HAS(t, buffer_text(&out), "crashkernel=30M for Linux 6.1.0: OVER BUDGET, ");
	CHECK_HAS(t, buffer_text(&out), "at the tightest moment (unpacking)");
	CHECK_HAS(t, buffer_text(&out), "|B"); /* what does not fit hangs out behind the wall */
	CHECK_HAS(t, buffer_text(&out), "What to change:\n  - crashkernel=");
	CHECK_HAS(t, buffer_text(&out), "saves 8 MiB: compress the image with gzip: lz4 takes 8118 KiB more");
	CHECK_HAS(t, buffer_text(&out), "put percpu_alloc=page on the capture kernel's command line");
	CHECK_HAS(t, buffer_text(&out), "put initcall_blacklist=tracer_init_tracefs on");
	CHECK_HAS(t, buffer_text(&out), "\"fits\": false,");
	/* The best comes first. */
	CHECK(t, strstr(buffer_text(&out), "tracefs on") < strstr(buffer_text(&out), "percpu_alloc=page on"));
}

static void advice(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct budget_input input = an_input("6.1.0");

	input.reservation = 32 * MIB;
	input.size.load = 60 * MIB;
	input.modules = 12 * MIB;
	input.largest_module = 4 * MIB;
	input.uncompressed += input.modules;
	input.encrypted = true;
	input.size.exact = false;
	strcpy(input.size.why, "no lz4");
	print(&out, &input);
	CHECK_HAS(t, buffer_text(&out), "built in: modules count twice");
	CHECK_HAS(t, buffer_text(&out), "put swiotlb=4096 on the command line");
	CHECK_HAS(t, buffer_text(&out), "64 MiB of bounce buffers");
	CHECK_HAS(t, buffer_text(&out), "could not be read (no lz4)");
	buffer_deinit(&out);
	input = an_input("6.1.0");
	input.size.load = 60 * MIB;
	input.reservation = 32 * MIB;
	print(&out, &input);
	CHECK_HAS(t, buffer_text(&out), "load the vmlinux itself");
}

static void explained(struct test *t)
{
	struct buffer line CLEANUP(buffer_deinit) = {0}, why CLEANUP(buffer_deinit) = {0};
	struct capture_kernel kernel = {.arch = ARCH_X86_64, .release = "6.1.0"};
	char *rest, *word;
	struct error e;

	CHECK_INT(t, capture_cmdline_write(&line, &kernel, false, "console=ttyS0", &e), 0);
	CHECK_INT(t, capture_cmdline_explain(&why, &kernel, false, "console=ttyS0", &e), 0);
	for (word = strtok_r(line.data, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		const char *at = strstr(buffer_text(&why), word);

		CHECK(t, at && strncmp(at + strlen(word), "\n    ", 5) == 0 && at[strlen(word) + 5] > ' ');
	}
	CHECK(t, !strstr(buffer_text(&why), "slab_late_init"));
	CHECK_INT(t, capture_cmdline_explain(&why, &kernel, false, "a\tb", &e), -EINVAL);
}

void suite_budget(struct test *t)
{
	test_run(t, "vmlinux", vmlinux);
	test_run(t, "gaps in a vmlinux", gaps);
	test_run(t, "bzImage", bzimage);
	test_run(t, "other kernels", other_kernels);
	test_run(t, "packings", packings);
	test_run(t, "figures", figures);
	test_run(t, "placing", placing);
	test_run(t, "grows", grows);
	test_run(t, "versions", versions);
	test_run(t, "scaled", scaled);
	test_run(t, "sections", sections);
	test_run(t, "words", words);
	test_run(t, "rootfs", rootfs);
	test_run(t, "sizes", sizes);
	test_run(t, "report that fits", report_fits);
	test_run(t, "arrays and encrypted devices", volumes);
	test_run(t, "report over budget", report_over);
	test_run(t, "advice", advice);
	test_run(t, "words explained", explained);
}
