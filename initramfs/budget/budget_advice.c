#include "budget/budget.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fmt/kernel_cmdline.h"

#define KIB UINT64_C(1024)
#define MIB UINT64_C(1048576)

enum { LINE_MAX_BYTES = 4096 };

/* --- what a person can do -------------------------------------------------------------------------------------------
 */

static void add_change(struct budget *budget, const struct budget_input *changed, const char *what)
{
	uint64_t minimum = budget_minimum(changed), saves;
	unsigned at = budget->changes;

	if (minimum == 0 || minimum >= budget->minimum || at == BUDGET_CHANGES)
		return;
	saves = budget->minimum - minimum;
	for (; at > 0 && budget->change[at - 1].saves < saves; at--)
		budget->change[at] = budget->change[at - 1];
	budget->change[at].saves = saves;
	snprintf(budget->change[at].what, sizeof(budget->change[at].what), "%s", what);
	budget->changes++;
}

static void suggest_words(struct budget *budget)
{
	const struct budget_input *input = &budget->input;
	char line[LINE_MAX_BYTES], what[160];
	const char *word;
	uint64_t saves;

	if (!input->cmdline)
		return;
	for (unsigned i = 0;
	     (word = budget_word(i, input->kernel.arch, kernel_release_number(input->kernel.release), &saves)) != NULL;
	     i++) {
		struct budget_input changed = *input;

		if (budget_has_word(input->cmdline, word))
			continue;
		snprintf(line, sizeof(line), "%s %s", input->cmdline, word);
		snprintf(what, sizeof(what), "put %s on the capture kernel's command line", word);
		changed.cmdline = line;
		add_change(budget, &changed, what);
	}
}

static void suggest_gzip(struct budget *budget)
{
	struct budget_input changed = budget->input;
	uint64_t less = compression_cost_buffers(COMPRESSION_GZIP);
	char what[160];

	if (changed.compression.buffers <= less)
		return;
	snprintf(what, sizeof(what), "compress the image with gzip: %s takes %llu KiB more to decompress",
		 compression_name(changed.compression.format),
		 (unsigned long long)((changed.compression.buffers - less) / KIB));
	changed.compression.buffers = less;
	add_change(budget, &changed, what);
}

static void suggest_modules(struct budget *budget)
{
	struct budget_input changed = budget->input;

	changed.uncompressed -= changed.modules < changed.uncompressed ? changed.modules : 0;
	changed.modules = changed.largest_module = 0;
	add_change(budget, &changed,
		   "take a kernel with the target's driver and file system built in: modules count twice, as files and "
		   "loaded");
}

static void suggest_vmlinux(struct budget *budget)
{
	struct budget_input changed = budget->input;

	changed.size.load = changed.size.span;
	if (changed.size.kind == KERNEL_BZIMAGE && changed.size.exact)
		add_change(budget, &changed,
			   "load the vmlinux itself (kexec_load): it needs no room to decompress itself in");
}

static void suggest_place(struct budget *budget)
{
	struct budget_input changed = budget->input;

	changed.place = 256 * MIB;
	if (!budget->input.place)
		add_change(budget, &changed,
			   "give the reservation an address where it crosses no boundary, as in crashkernel=SIZE@256M");
}

static void suggest_swiotlb(struct budget *budget)
{
	struct budget_input changed = budget->input;
	const char *line = changed.cmdline ? changed.cmdline : "";
	char longer[LINE_MAX_BYTES];

	if (!changed.encrypted || cmdline_has(line, "swiotlb"))
		return;
	snprintf(longer, sizeof(longer), "%s%sswiotlb=4096", line, line[0] ? " " : "");
	changed.cmdline = changed.cmdline ? longer : "rootfstype=ramfs swiotlb=4096";
	add_change(budget, &changed,
		   "put swiotlb=4096 on the command line (8 MiB of bounce buffers), if the target's driver manages "
		   "with them");
}

static void suggest_all(struct budget *budget)
{
	suggest_gzip(budget);
	suggest_words(budget);
	suggest_modules(budget);
	suggest_vmlinux(budget);
	suggest_place(budget);
	suggest_swiotlb(budget);
}

/* --- what is assumed -----------------------------------------------------------------------------------------------
 */

static void note(struct budget *budget, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void note(struct budget *budget, const char *fmt, ...)
{
	va_list ap;

	if (budget->notes == BUDGET_NOTES)
		return;
	va_start(ap, fmt);
	vsnprintf(budget->note[budget->notes++], sizeof(budget->note[0]), fmt, ap);
	va_end(ap);
}

static void note_all(struct budget *budget)
{
	const struct budget_input *input = &budget->input;

	if (!budget->facts.measured)
		note(budget, "%s%s has not been measured; the figures are those of %s, the worse of each",
		     input->kernel.release[0] ? "kernel " : "this kernel", input->kernel.release,
		     budget->facts.version);
	if (!input->size.exact)
		note(budget,
		     "the vmlinux in the kernel could not be read (%s); it is assumed to be as large as the room "
		     "that it decompresses itself in",
		     input->size.why);
	if (!input->place)
		note(budget,
		     "a reservation that crosses a boundary of %llu MiB costs %llu MiB more; without an address "
		     "(SIZE@ADDRESS) that is assumed",
		     (unsigned long long)(budget->facts.section / MIB),
		     (unsigned long long)(budget_section_cost(input, &budget->facts) / MIB));
	if (input->compression.buffers > MIB && !input->compression.known)
		note(budget, "the image does not say what %s needs to decompress it; its usual settings are assumed",
		     compression_name(input->compression.format));
	if (input->cmdline && !cmdline_has(input->cmdline, "nr_cpus"))
		note(budget, "the command line has no nr_cpus=1; each further processor takes more");
	if (input->encrypted)
		note(budget, "memory encryption: %llu MiB of bounce buffers (swiotlb) are included",
		     (unsigned long long)(budget_bounce_buffers(input, budget->reservation) / MIB));
	else if (input->kernel.arch != ARCH_ARM64)
		note(budget, "in a guest under SEV or TDX, or with mem_encrypt=on, the kernel takes 64 MiB more "
			     "(swiotlb), or 6 %% "
			     "of a large reservation");
}

void budget_advise(struct budget *budget)
{
	note_all(budget);
	suggest_all(budget);
}
