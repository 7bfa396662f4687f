#include "budget/budget_facts.h"

#include <stdio.h>
#include <string.h>

enum { KIB = 1024, MIB = 1 << 20 };

#define V KERNEL_VERSION_OF

/*
 * early: MemTotal's difference to the reservation at "Memory: ... reserved", less image, page array, initrd and per-CPU
 * unit. On x86-64 1 MiB of it is the table of memory sections for 5-level page tables (sparse_init), which 5.10's cloud
 * build does not have, but its other builds do. The first MiB of memory, which kexec leaves to the capture kernel, is
 * used by 5.10 and kept back from 5.11 on.
 *
 * boot: what MemTotal - MemFree was when init started, without the free pages in the per-CPU lists and the rootfs's
 * own. 2 MiB of it is the first page of BPF programs from 5.18 on (bpf_prog_pack_alloc).
 *
 * headers: a page of ELF headers; x86-64 makes room for CONFIG_NR_CPUS (8192) and 8192 ranges from 6.6 on
 * (CONFIG_CRASH_HOTPLUG), 56 bytes each.
 *
 * code: .text of the kernel that was measured; for an arm64 Image, which does not say it, image_size.
 */
static const struct row {
	enum arch arch;
	unsigned version;
	unsigned early, boot, headers, code; /* KiB */
} rows[] = {
	/* clang-format off */
	{ARCH_X86_64, V(5, 10),  864,  6968,  64, 12296},
	{ARCH_X86_64, V(6, 1),  1424, 10640,  64, 14343},
	{ARCH_X86_64, V(6, 12), 1308, 11720, 920, 16384},
	{ARCH_X86_64, V(7, 2),  1408, 21488, 920, 18802},
	{ARCH_ARM64,  V(6, 1),   476,  8216,  64, 27328},
	{ARCH_ARM64,  V(6, 12),  664, 11140,  64, 31168},
	/* clang-format on */
};

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * Half is fixed, half scales with the kernel's size: 6.1 kernels with as little as possible built in
 * (.text 42 % on x86-64, the Image 17 % on arm64) took 35 % and 54 %.
 */
static uint64_t scaled_boot(const struct row *row, const struct kernel_size *size)
{
	uint64_t code = row->arch == ARCH_ARM64 ? size->resident : size->code, boot = (uint64_t)row->boot * KIB;

	if (!size->exact || code == 0)
		return boot;
	return boot / 2 + boot / 2 * (code / KIB) / row->code;
}

static void take_row(struct budget_facts *facts, const struct row *row, const struct kernel_size *size)
{
	size_t used = strlen(facts->version);

	facts->early = max(facts->early, (uint64_t)row->early * KIB);
	facts->boot = max(facts->boot, scaled_boot(row, size));
	facts->headers = max(facts->headers, (uint64_t)row->headers * KIB);
	snprintf(facts->version + used, sizeof(facts->version) - used, "%s%u.%u", used ? " and " : "",
		 row->version >> 16, row->version & 0xffff);
}

/*
 * include/linux/mmzone.h: sections of 128 MiB on x86-64; on arm64 too from 5.12 on, of 1 GiB before; with pages of
 * 64 KiB 512 MiB.
 */
static uint64_t section_size(enum arch arch, unsigned version, uint64_t page_size)
{
	if (arch != ARCH_ARM64 || page_size == 16 * KIB)
		return UINT64_C(128) * MIB;
	if (version && version < V(5, 12))
		return UINT64_C(1024) * MIB;
	return (page_size == 64 * KIB ? UINT64_C(512) : UINT64_C(128)) * MIB;
}

void budget_facts_find(struct budget_facts *facts, enum arch arch, unsigned version, const struct kernel_size *size)
{
	const struct row *below = NULL, *above = NULL;

	*facts = (struct budget_facts){.section = section_size(arch, version, size->page_size)};
	for (const struct row *row = rows; row < rows + sizeof(rows) / sizeof(rows[0]); row++) {
		if (arch != ARCH_UNKNOWN && row->arch != arch)
			continue;
		if (!version)
			take_row(facts, row, size);
		else if (row->version <= version)
			below = row;
		else if (!above)
			above = row;
	}
	if (below)
		take_row(facts, below, size);
	if (above && !(below && below->version == version))
		take_row(facts, above, size);
	facts->measured = below && below->version == version && size->page_size == 4 * KIB;
}

/*
 * What leaving a recommended word out costs: KiB, the most that was measured on any kernel. cryptomgr.notests=1 was
 * measured together with lsm=, coherent_pool= and the smaller initcall_blacklist= words, which come with it.
 * rootfstype= costs nothing itself: see hold_rootfs().
 */
static const struct {
	const char *word;
	enum arch arch; /* ARCH_UNKNOWN: any */
	unsigned from, until;
	unsigned saves;
} words[] = {
	{"percpu_alloc=page", ARCH_X86_64, V(5, 10), V(7, 0), 3892},
	{"initcall_blacklist=tracer_init_tracefs", ARCH_UNKNOWN, V(5, 10), V(6, 6), 8584},
	{"cryptomgr.notests=1", ARCH_UNKNOWN, V(5, 10), V(7, 0), 1332},
	{"rootfstype=ramfs", ARCH_UNKNOWN, 0, 0, 0},
};

const char *budget_word(unsigned i, enum arch arch, unsigned version, uint64_t *saves)
{
	for (size_t at = 0; at < sizeof(words) / sizeof(words[0]); at++) {
		bool bound = words[at].from || words[at].until;

		if ((words[at].arch != ARCH_UNKNOWN && words[at].arch != arch) ||
		    (bound && (version < words[at].from || version >= words[at].until)) || i-- > 0)
			continue;
		*saves = (uint64_t)words[at].saves * KIB;
		return words[at].word;
	}
	return NULL;
}

bool budget_has_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = line; (at = strstr(at, word)) != NULL; at += length)
		if ((at == line || at[-1] == ' ') && (at[length] == 0 || at[length] == ' '))
			return true;
	return false;
}

uint64_t budget_missing_words(const char *line, enum arch arch, unsigned version)
{
	uint64_t sum = 0, saves;
	const char *word;

	for (unsigned i = 0; line && (word = budget_word(i, arch, version, &saves)) != NULL; i++)
		if (!budget_has_word(line, word))
			sum += saves;
	return sum;
}
