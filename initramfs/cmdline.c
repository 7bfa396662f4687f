#include "cmdline.h"

#include <errno.h>
#include <stdbool.h>

enum { X86 = 1 << ARCH_X86_64, ARM = 1 << ARCH_ARM64, ANY = ~0 };

#define V KERNEL_VERSION_OF

/*
 * Documentation/admin-guide/kernel-parameters.txt. from and until (the first version without it) are 0 where the word
 * does no harm on any kernel: one that a kernel does not know is passed on to init, which does not look at it.
 */
static const struct {
	const char *word;
	int archs;
	unsigned from, until;
	bool without_modules; /* only for an image that has no modules to load */
} words[] = {
	/* The crashed kernel's devices may still raise interrupts that nobody here expects. */
	{"irqpoll", X86, 0, 0, false},
	/* One processor: each further one costs memory, and the others are not in a known state. */
	{"nr_cpus=1", ANY, 0, 0, false},
	/* Drivers reset their devices instead of trusting the state they find. */
	{"reset_devices", ANY, 0, 0, false},
	/* The memory controller's structures. On 7.2 it oopses in get_swappiness when memory is short. */
	{"cgroup_disable=memory", ANY, V(0, 1), V(7, 0), false},
	/* One node's structures instead of the machine's. */
	{"numa=off", ANY, 0, 0, false},
	/* khugepaged and its reserve of free memory. */
	{"transparent_hugepage=never", ANY, 0, 0, false},
	/* No device dumps, which drivers hold in memory. */
	{"novmcoredd", ANY, 0, 0, false},
	{"hugetlb_cma=0", ANY, 0, 0, false},
	/* 2 MiB for KFENCE's pool. */
	{"kfence.sample_interval=0", ANY, 0, 0, false},
	/* A machine check that is still pending would end the capture. */
	{"mce=off", X86, 0, 0, false},
	{"hest_disable", ANY, 0, 0, false},
	/* ACPI would add the crashed kernel's memory. */
	{"acpi_no_memhotplug", ANY, 0, 0, false},
	/* No hotplug, AER or power events while capturing. */
	{"pcie_ports=compat", ANY, 0, 0, false},
	/* 4 KiB pages for the per-CPU unit instead of one of 2 MiB: saves 1.8 MiB. Tried on 5.10, 6.1 and 6.12. */
	{"percpu_alloc=page", X86, V(5, 10), V(7, 0), false},
	/* tracefs makes its inodes at boot before 6.6: several MiB. */
	{"initcall_blacklist=tracer_init_tracefs", ANY, V(5, 10), V(6, 6), false},
	/*
	 * Boot is tightest just before the kernel frees its init memory. What follows takes from that peak; each was
	 * tried on 5.10, 6.1 and 6.12, where together they make the difference at 58M (6.1) and 64M (6.12).
	 *
	 * The self-tests of every cipher, each in a thread of its own, all at once.
	 */
	{"cryptomgr.notests=1", ANY, V(5, 10), V(7, 0), false},
	/* No security modules: nobody but this image runs here. (Lockdown does not depend on it.) */
	{"lsm=", ANY, V(5, 10), V(7, 0), false},
	/* The pool for atomic DMA under memory encryption: 128 KiB otherwise. */
	{"coherent_pool=16K", X86, V(5, 10), V(7, 0), false},
	/* Directories in /sys for each slab cache and each built-in parameter. */
	{"initcall_blacklist=slab_sysfs_init", ANY, V(5, 10), V(6, 12), false},
	{"initcall_blacklist=slab_late_init", ANY, V(6, 2), V(7, 0), false}, /* its later name: 6.12 has it */
	{"initcall_blacklist=param_sysfs_builtin_init", ANY, V(6, 2), V(7, 0), false},
	/* The keys that modules' signatures are checked by: a kernel that insists on signatures needs them. */
	{"initcall_blacklist=load_system_certificate_list", ANY, V(5, 10), V(7, 0), true},
	/* Where the kernel lies costs up to 2 MiB more or less: not by chance, on the one day it runs. */
	{"nokaslr", X86, 0, 0, false},
	/* Not a tmpfs, which takes half of memory at most. */
	{"rootfstype=ramfs", ANY, 0, 0, false},
	/* The capture kernel's own panic ends in a reboot, too. */
	{"panic=10", ANY, 0, 0, false},
};

#undef V

static bool printable(const char *text)
{
	while (*text && (unsigned char)*text >= 32 && *text != 127)
		text++;
	return *text == 0;
}

int cmdline_write(struct buffer *out, const struct capture_kernel *kernel, bool modules, const char *append,
		  struct error *e)
{
	unsigned version = kernel_release_number(kernel->release);
	size_t before = out->size;

	if (!printable(append))
		return error_set(e, EINVAL, "the words for the kernel command line hold a control character");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		bool bound = words[i].from || words[i].until;

		if (!(words[i].archs & (1 << kernel->arch)) ||
		    (bound && (version < words[i].from || version >= words[i].until)) ||
		    (words[i].without_modules && modules))
			continue;
		buffer_print(out, "%s%s", out->size == before ? "" : " ", words[i].word);
	}
	if (append[0])
		buffer_print(out, " %s", append);
	if (out->size - before > CMDLINE_MAX)
		return error_set(e, E2BIG,
				 "the kernel command line has %zu bytes; the kernel would cut it at %d\n"
				 "shorten what --append and cmdline_append add",
				 out->size - before, CMDLINE_MAX);
	return buffer_check(out, e);
}
