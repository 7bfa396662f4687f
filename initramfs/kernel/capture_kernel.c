#include "kernel/capture_kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/kernel_image.h"

unsigned kernel_release_number(const char *release)
{
	char *end;
	unsigned long major, minor;

	if (release[0] < '0' || release[0] > '9')
		return 0;
	major = strtoul(release, &end, 10);
	if (*end != '.' || end[1] < '0' || end[1] > '9')
		return 0;
	minor = strtoul(end + 1, &end, 10);
	return major > 999 || minor > 999 ? 0 : KERNEL_VERSION_OF(major, minor);
}

/* Takes the word that text begins with. False if it is not a release. */
static bool take_release(struct capture_kernel *kernel, struct span text)
{
	size_t length = 0;

	while (length < text.size && text.data[length] > ' ' && text.data[length] < 127)
		length++;
	if (length == 0 || length == text.size || length >= sizeof(kernel->release))
		return false;
	memcpy(kernel->release, text.data, length);
	kernel->release[length] = 0;
	return kernel_release_number(kernel->release) != 0;
}

/* linux_banner: "Linux version 6.12.0 (...". */
static bool find_banner(struct capture_kernel *kernel, struct span image)
{
	static const char banner[] = "Linux version ";
	size_t length = sizeof(banner) - 1;
	struct span rest = image;

	while (rest.size > length) {
		const uint8_t *at = memmem(rest.data, rest.size, banner, length);

		if (!at)
			return false;
		rest = span_of(at + length, rest.size - (size_t)(at - rest.data) - length);
		if (take_release(kernel, rest))
			return true;
	}
	return false;
}

/* For kernels that have their release only in the banner. */
static int take_banner(struct capture_kernel *kernel, enum arch arch, struct span image, struct error *e)
{
	kernel->arch = arch;
	if (arch == ARCH_UNKNOWN)
		return error_set(e, EINVAL, "an ELF file for another machine than x86-64 and arm64");
	if (!find_banner(kernel, image))
		return error_set(e, EINVAL, "not a kernel: it does not contain \"Linux version\"");
	return 0;
}

static int take_bzimage(struct capture_kernel *kernel, const struct kernel_image *found, struct error *e)
{
	if (!found->is_64bit)
		return error_set(e, EINVAL, "a bzImage without a 64-bit entry; the capture kernel must have one");
	if (kernel_release_number(found->version) == 0)
		return error_set(e, EINVAL, "a bzImage without a kernel version in its header");
	snprintf(kernel->release, sizeof(kernel->release), "%s", found->version);
	kernel->arch = ARCH_X86_64;
	return 0;
}

int capture_kernel_identify(struct capture_kernel *kernel, struct span image, struct error *e)
{
	struct kernel_image found;

	*kernel = (struct capture_kernel){.arch = ARCH_UNKNOWN};
	kernel_image_probe(image, &found);
	switch (found.kind) {
	case KERNEL_BZIMAGE:
		return take_bzimage(kernel, &found, e);
	case KERNEL_ARM64:
		return take_banner(kernel, ARCH_ARM64, image, e);
	case KERNEL_ELF:
		return take_banner(kernel, elf_program_arch(image), image, e);
	case KERNEL_ZBOOT:
		return error_set(e, EINVAL, "an EFI zboot image, which kexec cannot load; give the Image inside it");
	case KERNEL_COMPRESSED:
		return error_set(e, EINVAL, "compressed twice; decompress it with %s first",
				 compression_name(found.compression));
	default:
		return error_set(e, EINVAL, "not a kernel: expected a bzImage, arm64 Image or vmlinux");
	}
}
