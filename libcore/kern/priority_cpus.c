/* What the CPUs were doing when the kernel crashed: finds the pages that show it. */
#include "fmt/elf.h"
#include "kern/kallsyms.h"
#include "kern/priority_search.h"

enum {
	/* struct elf_prstatus of 64-bit architectures: pr_reg. Source: include/linux/elfcore.h. */
	REGISTERS_AT = 112,
	STACK = 16384,          /* THREAD_SIZE, and its alignment, of x86-64 and arm64 */
	STACK_END = 0x57ac6e9d, /* STACK_END_MAGIC, in a stack's lowest word: include/uapi/linux/magic.h */
	OBJECT = 16384,         /* size of a pointer's object: a task_struct is 3 to 14 KiB */
	TASK_HEAD = 64,         /* words at a task's start among which its stack is */
	MOST_CPUS = 8192,       /* NR_CPUS of the largest configuration */
	MOST_PER_CPU = 4 << 20, /* bytes of one CPU's static area */
	PIECE = 64,             /* words looked at together */
	LOOSE_RUNS = 4096,      /* bound for objects that are only pointed to, so that the rest fits */
	REGISTERS_X86_64 = 27,
	SP_X86_64 = 19, /* struct user_regs_struct */
	REGISTERS_ARM64 = 34,
	SP_ARM64 = 31, /* struct user_pt_regs: x0 to x30, sp, pc, pstate */
};

/* An address of the kernel's half. */
static bool is_kernel_address(uint64_t value)
{
	return value >> 52 >= 0xff0 && value < UINT64_C(0xfffffffffffff000);
}

/* The registers of a note and the stack pointer among them. False for another note. */
static bool registers_of(const struct source *source, const struct elf_note *note, struct span *registers, uint64_t *sp)
{
	bool arm = source->machine == ELF_MACHINE_ARM64;
	size_t nr = arm ? REGISTERS_ARM64 : REGISTERS_X86_64;

	if (!elf_note_is(note, "CORE", ELF_NT_PRSTATUS))
		return false;
	*registers = span_part(note->desc, REGISTERS_AT, nr * 8);
	return span_le64(*registers, (arm ? SP_ARM64 : SP_X86_64) * 8, sp);
}

/* --- objects that are only pointed to ---------------------------------------------------------------------------- */

/* Adds what a word of a stack may point to: an object in the direct map, or a page of a module or of another stack. */
static int add_pointed(struct priority_search *s, uint64_t word, struct error *e)
{
	const struct segment *segment;

	if (!is_kernel_address(word) || s->set->nr >= LOOSE_RUNS)
		return 0;
	segment = priority_segment(s->source, word);
	/* Most words point into the image, which is saved next anyway. */
	if (segment && s->image && segment->paddr == s->image->paddr && segment->vaddr == s->image->vaddr)
		return 0;
	word -= word % s->source->page_size;
	return page_priorities_add_virtual(s, word, segment ? OBJECT : 1, PRIORITY_CPUS, e);
}

static int add_words(struct priority_search *s, struct span words, struct error *e)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at + 8 <= words.size; at += 8)
		r = add_pointed(s, get_le64(words.data + at), e);
	return r;
}

static int add_pointed_from(struct priority_search *s, uint64_t vaddr, uint64_t end, struct error *e)
{
	uint8_t words[PIECE * 8];
	int r = 0;

	for (vaddr &= ~UINT64_C(7); r == 0 && vaddr < end; vaddr += sizeof(words)) {
		size_t size = end - vaddr < sizeof(words) ? (size_t)(end - vaddr) : sizeof(words);
		struct error why;

		if (kernel_read(s->kernel, vaddr, words, size, &why) == 0)
			r = add_words(s, span_of(words, size), e);
	}
	return r;
}

/* --- stacks ------------------------------------------------------------------------------------------------------- */

/* Adds the whole stack of an address. */
static int add_stack(struct priority_search *s, uint64_t sp, struct error *e)
{
	return is_kernel_address(sp) ? page_priorities_add_virtual(s, sp & -(uint64_t)STACK, STACK, PRIORITY_CPUS, e)
				     : 0;
}

/* Adds what registers and the used part of a stack point to. */
static int add_used(struct priority_search *s, struct span registers, uint64_t sp, struct error *e)
{
	int r = add_words(s, registers, e);

	return r == 0 && is_kernel_address(sp) ? add_pointed_from(s, sp, (sp | (STACK - 1)) + 1, e) : r;
}

/*
 * Adds the stack of each CPU, or what it points to, by the registers in its note. Skips a CPU that ran user code: its
 * stack pointer is the user's.
 */
static int add_noted(struct priority_search *s, bool pointed, struct error *e)
{
	struct span registers;
	struct elf_note note;
	size_t pos = 0;
	uint64_t sp;
	int r = 0;

	while (r == 0 && elf_next_note(s->source->notes, &pos, &note))
		if (registers_of(s->source, &note, &registers, &sp))
			r = pointed ? add_used(s, registers, sp, e) : add_stack(s, sp, e);
	return r;
}

/* --- per-CPU areas and current tasks, by kallsyms ----------------------------------------------------------------- */

enum { OFFSETS, START, END, NR_CPU_IDS, CURRENT_TASK, PCPU_HOT, ENTRY_TASK, NR_SYMBOLS };

struct per_cpu {
	struct kallsyms_wanted symbols[NR_SYMBOLS];
	uint64_t current; /* the per-CPU variable that points to the current task; 0: unknown */
	uint32_t nr_cpus;
};

static bool find_per_cpu(struct priority_search *s, struct per_cpu *p)
{
	struct kallsyms_wanted *w = p->symbols;
	struct error why;

	*p = (struct per_cpu){.symbols = {
				      [OFFSETS] = {.name = "__per_cpu_offset"},
				      [START] = {.name = "__per_cpu_start"},
				      [END] = {.name = "__per_cpu_end"},
				      [NR_CPU_IDS] = {.name = "nr_cpu_ids"},
				      [CURRENT_TASK] = {.name = "current_task"}, /* x86-64, not from 6.2 to 6.14 */
				      [PCPU_HOT] = {.name = "pcpu_hot"},         /* there: its first member */
				      [ENTRY_TASK] = {.name = "__entry_task"},   /* arm64 */
			      }};
	if (kallsyms_find(s->kernel, w, NR_SYMBOLS, &why) <= 0 || !w[OFFSETS].found)
		return false;
	for (unsigned i = CURRENT_TASK; i <= ENTRY_TASK && !p->current; i++)
		if (w[i].found)
			p->current = w[i].address;
	if (!w[NR_CPU_IDS].found || kernel_read_u32(s->kernel, w[NR_CPU_IDS].address, &p->nr_cpus, &why) < 0)
		p->nr_cpus = MOST_CPUS;
	if (p->nr_cpus > MOST_CPUS)
		p->nr_cpus = MOST_CPUS;
	return true;
}

/* Adds a task's stack: a pointer near its start leads to every stack's end mark. */
static int add_task(struct priority_search *s, uint64_t task, struct error *e)
{
	uint8_t words[TASK_HEAD * 8];
	struct error why;
	uint32_t word;
	int r = page_priorities_add_virtual(s, task, OBJECT, PRIORITY_CPUS, e);

	if (r < 0 || kernel_read(s->kernel, task, words, sizeof(words), &why) < 0)
		return r;
	for (unsigned i = 0; i < TASK_HEAD; i++) {
		uint64_t stack = get_le64(words + i * 8UL);

		if (is_kernel_address(stack) && stack % STACK == 0 &&
		    kernel_read_u32(s->kernel, stack, &word, &why) == 0 && word == STACK_END)
			return add_stack(s, stack, e);
	}
	return 0;
}

static int add_cpu(struct priority_search *s, const struct per_cpu *p, uint64_t offset, struct error *e)
{
	uint64_t start = p->symbols[START].address, end = p->symbols[END].address, task;
	struct error why;
	int r = 0;

	if (p->current && kernel_read_u64(s->kernel, p->current + offset, &task, &why) == 0 && is_kernel_address(task))
		r = add_task(s, task, e);
	if (r == 0 && p->symbols[START].found && p->symbols[END].found && start < end && end - start <= MOST_PER_CPU)
		r = page_priorities_add_virtual(s, start + offset, end - start, PRIORITY_CPUS, e);
	return r;
}

/* Adds each CPU's. A number without a CPU has the offset of the one before it (or none). */
static int add_per_cpu(struct priority_search *s, struct error *e)
{
	uint64_t offset, before = 0;
	struct per_cpu p;
	struct error why;
	int r = 0;

	if (!find_per_cpu(s, &p))
		return 0;
	for (uint32_t cpu = 0; r == 0 && cpu < p.nr_cpus; cpu++) {
		if (kernel_read_u64(s->kernel, p.symbols[OFFSETS].address + cpu * UINT64_C(8), &offset, &why) < 0)
			break;
		if (offset && offset != before)
			r = add_cpu(s, &p, offset, e);
		before = offset;
	}
	return r;
}

int priority_find_cpus(struct priority_search *s, struct error *e)
{
	int r;

	if (!s->kernel)
		return 0;
	r = add_noted(s, false, e);
	if (r == 0)
		r = add_per_cpu(s, e);
	return r < 0 ? r : add_noted(s, true, e);
}
