#include "kernel/capture_kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/kernel_image.h"

/* ELF: the few fields that are asked for, in a little-endian file of 64 bits (System V ABI, chapter 4 and 5). */
enum {
	E_TYPE = 16,
	E_MACHINE = 18,
	E_PHOFF = 32,
	E_PHENTSIZE = 54,
	E_PHNUM = 56,
	EHDR_SIZE = 64,
	ET_EXEC = 2,
	ET_DYN = 3,
	EM_X86_64 = 62,
	EM_AARCH64 = 183,
	PT_INTERP = 3,
	P_OFFSET = 8,
	P_FILESZ = 32,
};

const char *arch_name(enum arch arch)
{
	static const char *const names[] = {"unknown", "x86_64", "arm64"};

	return names[arch];
}

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

/* Takes the word that begins at text. False where it is no release. */
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

static enum arch elf_arch(struct span elf)
{
	uint16_t machine = 0;

	span_le16(elf, E_MACHINE, &machine);
	return machine == EM_X86_64 ? ARCH_X86_64 : machine == EM_AARCH64 ? ARCH_ARM64 : ARCH_UNKNOWN;
}

static bool is_elf64(struct span file)
{
	return file.size >= EHDR_SIZE && memcmp(file.data, "\177ELF\2\1", 6) == 0;
}

/* Of kernels that carry their release in the banner only. */
static int take_banner(struct capture_kernel *kernel, enum arch arch, struct span image, struct error *e)
{
	kernel->arch = arch;
	if (arch == ARCH_UNKNOWN)
		return error_set(e, EINVAL, "an ELF file for another machine than x86-64 and arm64");
	if (!find_banner(kernel, image))
		return error_set(e, EINVAL, "no kernel: the words \"Linux version\" are not in it");
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
	kernel_image_probe(span_part(image, 0, image.size < KERNEL_HEAD ? image.size : KERNEL_HEAD), &found);
	switch (found.kind) {
	case KERNEL_BZIMAGE:
		return take_bzimage(kernel, &found, e);
	case KERNEL_ARM64:
		return take_banner(kernel, ARCH_ARM64, image, e);
	case KERNEL_ELF:
		return take_banner(kernel, elf_arch(image), image, e);
	case KERNEL_ZBOOT:
		return error_set(e, EINVAL,
				 "an EFI zboot image, which kexec does not take; give the Image packed inside");
	case KERNEL_COMPRESSED:
		return error_set(e, EINVAL, "compressed twice; decompress it with %s first",
				 compression_name(found.compression));
	default:
		return error_set(e, EINVAL, "not a kernel that is known here (bzImage, arm64 Image, vmlinux)");
	}
}

/* Finds the program header that asks for an interpreter: 1 with its offset, 0, or -EINVAL where they are cut short. */
static int find_interpreter(struct span elf, uint64_t *found)
{
	uint16_t count, size;
	uint64_t at;
	uint32_t type;

	if (!span_le64(elf, E_PHOFF, &at) || !span_le16(elf, E_PHNUM, &count) || !span_le16(elf, E_PHENTSIZE, &size) ||
	    size < 4 || at > elf.size)
		return -EINVAL;
	for (uint64_t i = 0; i < count; i++) {
		*found = at + i * size;
		if (!span_le32(elf, *found, &type))
			return -EINVAL;
		if (type == PT_INTERP)
			return 1;
	}
	return 0;
}

bool binary_interpreter(char *name, size_t size, struct span binary)
{
	uint64_t header, at, length;
	struct span text;

	if (!is_elf64(binary) || find_interpreter(binary, &header) <= 0)
		return false;
	snprintf(name, size, "a dynamic linker");
	if (!span_le64(binary, header + P_OFFSET, &at) || !span_le64(binary, header + P_FILESZ, &length))
		return true;
	text = span_part(binary, at, length);
	if (text.size && text.data[0] == '/' && text.size <= size)
		snprintf(name, size, "%.*s", (int)text.size, (const char *)text.data);
	return true;
}

int binary_identify(enum arch *arch, struct span binary, struct error *e)
{
	uint16_t type = 0;
	uint64_t header;
	int status;

	span_le16(binary, E_TYPE, &type);
	if (!is_elf64(binary) || (type != ET_EXEC && type != ET_DYN))
		return error_set(e, EINVAL, "not a 64-bit program");
	*arch = elf_arch(binary);
	if (*arch == ARCH_UNKNOWN)
		return error_set(e, EINVAL, "a program for another machine than x86-64 and arm64");
	status = find_interpreter(binary, &header);
	if (status < 0)
		return error_set(e, EINVAL, "an ELF file that is cut short");
	if (status > 0)
		return error_set(e, EINVAL,
				 "it needs shared libraries, which the image does not hold; build it static "
				 "('make' does)");
	return 0;
}
