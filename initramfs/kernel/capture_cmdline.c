#include "kernel/capture_cmdline.h"

#include <errno.h>
#include <string.h>
#include <stdbool.h>

enum { X86 = 1 << ARCH_X86_64, ARM = 1 << ARCH_ARM64, ANY = ~0 };

#define V KERNEL_VERSION_OF

/*
 * Documentation/admin-guide/kernel-parameters.txt. from and until (the first version without it) are 0 if the word
 * does no harm on any kernel: the kernel passes unknown words to init, which ignores them.
 *
 * Boot is tightest just before the kernel frees its init memory. The words from cryptomgr.notests to nokaslr lower
 * that peak; each was tried on 5.10, 6.1 and 6.12, where together they decide at 58M (6.1) and 64M (6.12).
 */
static const struct {
	const char *word;
	int archs;
	unsigned from, until;
	bool without_modules; /* only for an image that has no modules to load */
	const char *why;      /* for people: a clause without a capital or a full stop */
} words[] = {
	{"irqpoll", X86, 0, 0, false,
	 "the crashed kernel's devices may still raise interrupts that no driver here expects"},
	{"nr_cpus=1", ANY, 0, 0, false, "one processor: each further one costs memory, and their state is unknown"},
	{"reset_devices", ANY, 0, 0, false, "drivers reset their devices instead of trusting the state they find"},
	{"cgroup_disable=memory", ANY, V(0, 1), V(7, 0), false,
	 "saves the memory controller's structures (on 7.2 it oopses in get_swappiness when memory is short)"},
	{"numa=off", ANY, 0, 0, false, "one NUMA node's structures instead of all of the machine's"},
	{"transparent_hugepage=never", ANY, 0, 0, false, "saves khugepaged and its reserve of free memory"},
	{"novmcoredd", ANY, 0, 0, false, "no device dumps, which drivers keep in memory"},
	{"hugetlb_cma=0", ANY, 0, 0, false, "no memory set aside for huge pages"},
	{"kfence.sample_interval=0", ANY, 0, 0, false, "saves the 2 MiB of KFENCE's pool"},
	{"mce=off", X86, 0, 0, false, "a machine check that is still pending would end the capture"},
	{"hest_disable", ANY, 0, 0, false,
	 "ignores hardware errors that the firmware still reports: one would end the capture"},
	{"acpi_no_memhotplug", ANY, 0, 0, false, "ACPI would add the crashed kernel's memory"},
	{"pcie_ports=compat", ANY, 0, 0, false, "no hotplug, error or power events of PCIe while capturing"},
	{"percpu_alloc=page", X86, V(5, 10), V(7, 0), false,
	 "4 KiB pages for per-CPU memory instead of pieces of 2 MiB: saves 3.7 MiB (tried on 5.10, 6.1 and 6.12)"},
	{"initcall_blacklist=tracer_init_tracefs", ANY, V(5, 10), V(6, 6), false,
	 "before 6.6 tracefs creates all its inodes at boot: saves 8 MiB on 6.1"},
	{"cryptomgr.notests=1", ANY, V(5, 10), V(7, 0), false,
	 "no self-tests of every cipher, each in a thread of its own, all at once"},
	{"lsm=", ANY, V(5, 10), V(7, 0), false,
	 "no security modules: nobody but this image runs here (lockdown does not depend on it)"},
	{"coherent_pool=16K", X86, V(5, 10), V(7, 0), false,
	 "otherwise the pool for atomic DMA under memory encryption takes 128 KiB"},
	{"initcall_blacklist=slab_sysfs_init", ANY, V(5, 10), V(6, 12), false,
	 "no directory in /sys for each slab cache"},
	{"initcall_blacklist=slab_late_init", ANY, V(6, 2), V(7, 0), false,
	 "the same under its later name, which 6.12 has"},
	{"initcall_blacklist=param_sysfs_builtin_init", ANY, V(6, 2), V(7, 0), false,
	 "no directory in /sys for each module that is built in"},
	{"initcall_blacklist=load_system_certificate_list", ANY, V(5, 10), V(7, 0), true,
	 "no keys for the signatures of modules, since the image has no modules"},
	{"nokaslr", X86, 0, 0, false,
	 "the kernel's address changes its cost by up to 2 MiB; without KASLR it is always the same"},
	{"rootfstype=ramfs", ANY, 0, 0, false, "not a tmpfs, which may use only half of memory"},
	{"panic=10", ANY, 0, 0, false, "if the capture kernel itself panics, it reboots"},
};

#undef V

static int check_words(const char *text, struct error *e)
{
	while (*text && (unsigned char)*text >= 32 && *text != 127)
		text++;
	if (*text)
		return error_set(e, EINVAL, "the words for the kernel command line contain a control character");
	return 0;
}

int capture_cmdline_check(const char *line, struct error *e)
{
	size_t size = strlen(line);

	if (check_words(line, e) < 0)
		return -e->code;
	if (size <= CAPTURE_CMDLINE_MAX)
		return 0;
	error_set(e, E2BIG, "the kernel command line has %zu bytes; the kernel would truncate it at %d", size,
		  CAPTURE_CMDLINE_MAX);
	return error_hint(e, "shorten what --append, cmdline and cmdline_append give");
}

/* Whether a word is for that kernel. */
static bool applies(size_t i, const struct capture_kernel *kernel, bool modules)
{
	unsigned version = kernel_release_number(kernel->release);
	bool bound = words[i].from || words[i].until;

	return (words[i].archs & (1 << kernel->arch)) &&
	       !(bound && (version < words[i].from || version >= words[i].until)) &&
	       !(words[i].without_modules && modules);
}

int capture_cmdline_write(struct buffer *out, const struct capture_kernel *kernel, bool modules, const char *append,
			  struct error *e)
{
	size_t before = out->size;

	if (check_words(append, e) < 0)
		return -e->code;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (applies(i, kernel, modules))
			buffer_print(out, "%s%s", out->size == before ? "" : " ", words[i].word);
	if (append[0])
		buffer_print(out, " %s", append);
	return buffer_check(out, e) < 0 ? -e->code : capture_cmdline_check(buffer_text(out) + before, e);
}

int capture_cmdline_explain(struct buffer *out, const struct capture_kernel *kernel, bool modules, const char *append,
			    struct error *e)
{
	if (check_words(append, e) < 0)
		return -e->code;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (applies(i, kernel, modules))
			buffer_print(out, "%s\n    %s\n", words[i].word, words[i].why);
	if (append[0])
		buffer_print(out, "%s\n    requested by the configuration or --append\n", append);
	return buffer_check(out, e);
}
