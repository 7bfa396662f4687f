#include "budget/budget.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB UINT64_C(1048576)
#define GIB UINT64_C(1073741824)

/* struct page, and the granule of a section's page array: sparse_init() maps it with pages of 2 MiB. */
#define STRUCT_PAGE   UINT64_C(64)
#define ARRAY_GRANULE (2 * MIB)

/* mm/page_alloc.c, boost_watermark(): one page block, when a page of one kind is taken from another kind's block. */
#define BOOST (2 * MIB)

/* Purgatory, boot_params, command line and entry code, each in pages of its own; on arm64 also the device tree. */
#define LOADER_X86   (128 * KIB)
#define LOADER_ARM64 (1 * MIB)

/* include/linux/percpu.h: PERCPU_MODULE_RESERVE, and PERCPU_DYNAMIC_RESERVE of 64-bit kernels since 6.12's 20 KiB. */
#define PERCPU_MORE (28 * KIB)
#define PERCPU_ANY  (256 * KIB) /* where the kernel does not say */

/* What MemAvailable fell by, from init's start to the lowest while dumping: 1.4 to 2.0 MiB on all kernels; and half as
 * much again for the file system's journal when it is replayed. */
#define DUMP_USE (3 * MIB)

/* Directories, and the last page of each file. */
#define ROOTFS_USE (64 * KIB)

static uint64_t align_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t root_of(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

static unsigned version_of(const struct budget_input *input)
{
	return kernel_release_number(input->kernel.release);
}

/*
 * The sections that get a page array: those that the reservation touches, and on x86-64 the one of the first MiB, which
 * kexec leaves to the capture kernel. Where the reservation lies is the production kernel's choice, and with KASLR
 * another one at each boot: without an address, assume that it crosses a boundary.
 */
static uint64_t sections(const struct budget_input *input, const struct budget_facts *facts, uint64_t reservation)
{
	uint64_t first = input->place / facts->section, last = (input->place + reservation - 1) / facts->section;
	uint64_t count = last - first + 1;

	if (!input->place)
		count = (reservation - BUDGET_STEP) / facts->section + 2;
	return count + (input->kernel.arch != ARCH_ARM64 && (!input->place || first > 0));
}

uint64_t budget_section_cost(const struct budget_input *input, const struct budget_facts *facts)
{
	uint64_t bytes = facts->section / input->size.page_size * STRUCT_PAGE;

	return input->size.page_size == 4 * KIB ? align_up(bytes, ARRAY_GRANULE) : bytes;
}

static uint64_t page_array(const struct budget_input *input, const struct budget_facts *facts, uint64_t reservation)
{
	return sections(input, facts, reservation) * budget_section_cost(input, facts);
}

/* The number after "NAME=", or fallback. */
static uint64_t number_of(const char *line, const char *name, uint64_t fallback)
{
	size_t length = strlen(name);

	for (const char *at = line; at && (at = strstr(at, name)) != NULL; at += length)
		if ((at == line || at[-1] == ' ') && at[length] >= '0' && at[length] <= '9')
			return strtoull(at + length, NULL, 10);
	return fallback;
}

static uint64_t cpus(const struct budget_input *input)
{
	uint64_t count = number_of(input->cmdline, "nr_cpus=", 1);

	return count < 1 ? 1 : count > 8192 ? 8192 : count;
}

/*
 * kernel/dma/swiotlb.c: 64 MiB; arch/x86 sev_setup_arch(): in an encrypted guest 6 % of memory, 64 MiB at the least and
 * 1 GiB at the most; swiotlb=N, N slots of 2 KiB.
 */
uint64_t budget_bounce_buffers(const struct budget_input *input, uint64_t reservation)
{
	uint64_t slots = number_of(input->cmdline, "swiotlb=", 0), size = max(reservation * 6 / 100, 64 * MIB);

	if (!input->encrypted)
		return 0;
	if (slots)
		return slots < 8 * GIB / 2048 ? slots * 2048 : 8 * GIB;
	return size < GIB ? size : GIB;
}

static uint64_t boot_use(const struct budget_input *input, const struct budget_facts *facts, uint64_t reservation)
{
	uint64_t percpu = input->size.percpu ? align_up(input->size.percpu + PERCPU_MORE, 4 * KIB) : PERCPU_ANY;

	return facts->early + facts->boot + percpu * cpus(input) + budget_bounce_buffers(input, reservation) +
	       budget_missing_words(input->cmdline, input->kernel.arch, version_of(input));
}

/* Documentation/admin-guide/sysctl/vm.rst, min_free_kbytes: the root of 16 times the memory in KiB, 128 KiB to 256 MiB.
 */
static uint64_t watermark(uint64_t memory)
{
	uint64_t kib = root_of(memory / KIB * 16);

	return (kib < 128 ? 128 : kib > 256 * KIB ? 256 * KIB : kib) * KIB;
}

/*
 * kernel/kexec_file.c places the headers at the bottom, the loader's small parts at the top, and the kernel as high as
 * its alignment lets it; the image goes into what is left above or below it. Returns the least that is enough.
 */
static uint64_t loading_x86(const struct budget_input *input, const struct budget_facts *facts)
{
	uint64_t alignment = max(input->size.alignment, BUDGET_STEP), image = align_up(input->compressed, 4 * KIB);
	uint64_t kernel = align_up(input->size.load, 4 * KIB);
	uint64_t lowest = align_up(facts->headers, alignment), beside = align_up(facts->headers + image, alignment);

	if (image < alignment && lowest - facts->headers < image) {
		uint64_t above = lowest + kernel + image;

		return (above < beside + kernel ? above : beside + kernel) + LOADER_X86;
	}
	return beside + kernel + LOADER_X86;
}

/* Documentation/arch/arm64/booting.rst: the kernel at the bottom, on a boundary of 2 MiB, then the rest. */
static uint64_t loading_arm64(const struct budget_input *input, const struct budget_facts *facts)
{
	return align_up(input->size.load, 64 * KIB) + align_up(input->compressed, 4 * KIB) + LOADER_ARM64 +
	       facts->headers;
}

static void make_loading(struct budget_moment *moment, const struct budget_input *input,
			 const struct budget_facts *facts)
{
	uint64_t need = input->kernel.arch == ARCH_ARM64 ? loading_arm64(input, facts) : loading_x86(input, facts);

	moment->bytes[BUDGET_KERNEL] = input->size.load;
	moment->bytes[BUDGET_IMAGE] = input->compressed;
	moment->bytes[BUDGET_MARGIN] = need - input->size.load - input->compressed;
}

/* The kernel runs, the image is unpacked while drivers start, and init memory has not been freed yet. */
static void make_unpacking(struct budget_moment *moment, const struct budget_input *input,
			   const struct budget_facts *facts, uint64_t reservation)
{
	moment->bytes[BUDGET_KERNEL] = input->size.resident;
	moment->bytes[BUDGET_PAGE_ARRAY] = page_array(input, facts, reservation);
	moment->bytes[BUDGET_BOOT] = boot_use(input, facts, reservation);
	moment->bytes[BUDGET_IMAGE] = input->compressed + input->uncompressed + ROOTFS_USE + input->compression.buffers;
	moment->bytes[BUDGET_MARGIN] = facts->headers + BOOST;
}

static void make_dumping(struct budget_moment *moment, const struct budget_input *input,
			 const struct budget_facts *facts, uint64_t reservation)
{
	moment->bytes[BUDGET_KERNEL] = input->size.resident - input->size.init;
	moment->bytes[BUDGET_PAGE_ARRAY] = page_array(input, facts, reservation);
	moment->bytes[BUDGET_BOOT] = boot_use(input, facts, reservation);
	moment->bytes[BUDGET_IMAGE] = input->uncompressed + ROOTFS_USE;
	moment->bytes[BUDGET_MODULES] = input->modules + input->largest_module;
	moment->bytes[BUDGET_DUMP] = DUMP_USE + input->volumes;
	moment->bytes[BUDGET_MARGIN] = facts->headers;
}

/* What the kernel keeps back depends on what it has to give out: all but its own image. */
static uint64_t not_given(const struct budget_moment *moment, uint64_t reservation)
{
	uint64_t fixed = moment->bytes[BUDGET_KERNEL] + moment->bytes[BUDGET_PAGE_ARRAY];

	return watermark(reservation > fixed ? reservation - fixed : 0);
}

static uint64_t sum(const struct budget_moment *moment)
{
	uint64_t total = 0;

	for (int part = 0; part < BUDGET_PARTS; part++)
		total += moment->bytes[part];
	return total;
}

/*
 * The kernel's own tmpfs as the root file system takes half of memory at most (mm/shmem.c), unless the command line
 * asks for a ramfs: a tmpfs needs memory that nothing uses.
 */
static void hold_rootfs(struct budget_moment *moment, const struct budget_input *input)
{
	uint64_t memory = sum(moment) - moment->bytes[BUDGET_KERNEL] - moment->bytes[BUDGET_PAGE_ARRAY];

	if (!input->cmdline || strstr(input->cmdline, "rootfstype=") || budget_has_word(input->cmdline, "root=") ||
	    memory >= 2 * (input->uncompressed + ROOTFS_USE))
		return;
	moment->bytes[BUDGET_MARGIN] += 2 * (input->uncompressed + ROOTFS_USE) - memory;
}

static void make_moment(struct budget_moment *moment, const struct budget_input *input,
			const struct budget_facts *facts, enum budget_when when, uint64_t reservation)
{
	*moment = (struct budget_moment){0};
	if (when == BUDGET_LOADING) {
		make_loading(moment, input, facts);
	} else {
		if (when == BUDGET_UNPACKING)
			make_unpacking(moment, input, facts, reservation);
		else
			make_dumping(moment, input, facts, reservation);
		moment->bytes[BUDGET_MARGIN] += not_given(moment, reservation);
		hold_rootfs(moment, input);
	}
	moment->total = sum(moment);
}

static void find_facts(struct budget_facts *facts, const struct budget_input *input)
{
	budget_facts_find(facts, input->kernel.arch, version_of(input), &input->size);
}

void budget_moment_make(struct budget_moment *moment, const struct budget_input *input, enum budget_when when,
			uint64_t reservation)
{
	struct budget_facts facts;

	find_facts(&facts, input);
	make_moment(moment, input, &facts, when, reservation);
}

uint64_t budget_minimum(const struct budget_input *input)
{
	struct budget_facts facts;
	struct budget_moment moment;

	find_facts(&facts, input);
	for (uint64_t size = BUDGET_STEP; size <= 64 * GIB; size += BUDGET_STEP) {
		bool fits = true;

		for (int when = 0; when < BUDGET_MOMENTS && fits; when++) {
			make_moment(&moment, input, &facts, (enum budget_when)when, size);
			fits = moment.total <= size;
		}
		if (fits)
			return size;
	}
	return 0;
}

/* Sizes that pass are so small that no sum of a few overflows. */
static bool sane(const struct budget_input *input)
{
	const struct kernel_size *size = &input->size;
	const uint64_t sizes[] = {
		size->load,          size->span,
		size->resident,      size->percpu,
		size->code,          input->compressed,
		input->uncompressed, input->compression.buffers,
		input->modules,      input->largest_module,
		size->alignment,     size->page_size,
		input->reservation,  input->volumes,
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i] > 64 * GIB)
			return false;
	return size->page_size >= 4 * KIB && size->init <= size->resident && input->place <= UINT64_MAX / 2;
}

static int check_input(const struct budget_input *input, struct error *e)
{
	if (input->size.load == 0 || input->size.resident == 0)
		return error_set(e, EINVAL, "the budget needs the kernel: give it with -k");
	if (input->compressed == 0 || input->uncompressed == 0)
		return error_set(e, EINVAL, "the budget needs the image's sizes");
	if (!sane(input))
		return error_set(e, EINVAL, "the kernel or the image claims an impossible size, above 64 GiB");
	return 0;
}

int budget_make(struct budget *budget, const struct budget_input *input, struct error *e)
{
	uint64_t least = UINT64_MAX;

	*budget = (struct budget){.input = *input};
	if (check_input(input, e) < 0)
		return -e->code;
	budget->minimum = budget_minimum(input);
	if (budget->minimum == 0)
		return error_set(e, EINVAL, "no reservation below 64 GiB would be enough for these sizes");
	budget->reservation = input->reservation ? input->reservation : budget->minimum;
	find_facts(&budget->facts, input);
	budget->fits = true;
	for (int when = 0; when < BUDGET_MOMENTS; when++) {
		struct budget_moment *moment = &budget->moment[when];
		uint64_t left;

		make_moment(moment, input, &budget->facts, (enum budget_when)when, budget->reservation);
		left = budget->reservation + 64 * GIB - moment->total;
		if (left < least) {
			least = left;
			budget->tightest = (enum budget_when)when;
		}
		budget->fits = budget->fits && moment->total <= budget->reservation;
	}
	return 0;
}
