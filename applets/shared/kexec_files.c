#include "shared/kexec_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "applet.h"
#include "base/cleanup.h"
#include "sys/file.h"
#include "sys/kexec_call.h"

/* Whether this machine can load a kernel file, and what to do if not. Returns 0 or -ENOEXEC. */
static int check_kernel(const char *path, const struct kernel_image *image, struct error *e)
{
	switch (image->kind) {
	case KERNEL_BZIMAGE:
		if (!image->is_64bit)
			return error_set(e, ENOEXEC,
					 "%s: a bzImage without a 64-bit entry (boot protocol %u.%02u); "
					 "use a 64-bit kernel, 3.8 or later",
					 path, image->protocol >> 8, image->protocol & 0xff);
		return 0;
	case KERNEL_ARM64:
	case KERNEL_RISCV:
		return 0;
	case KERNEL_COMPRESSED:
		error_set(e, ENOEXEC, "%s: compressed with %s", path, compression_name(image->compression));
		return error_hint(e, "decompress it first: %s -dc %s >Image", compression_name(image->compression),
				  path);
	case KERNEL_ZBOOT:
		error_set(e, ENOEXEC, "%s: an EFI image that decompresses itself (CONFIG_EFI_ZBOOT)", path);
		return error_hint(e, "use the uncompressed Image of the same build");
	case KERNEL_ELF:
#if defined(__x86_64__) || defined(__aarch64__)
		error_set(e, ENOEXEC,
			  "%s: an ELF file (vmlinux), which kexec_file_load does not accept on this machine", path);
		return error_hint(e, "use the bzImage or Image of the same build (/boot/vmlinuz-...)");
#else
		return 0;
#endif
	case KERNEL_UNKNOWN:
		break;
	}
#if defined(__x86_64__) || defined(__aarch64__)
	return error_set(e, ENOEXEC, "%s: not a kernel: neither a bzImage (\"HdrS\") nor an Image (\"ARM\\x64\")",
			 path);
#else
	return 0;
#endif
}

/* Opens a file that exists, is a regular file and is not empty. Returns its descriptor or a negative errno. */
static int open_file(const char *path, uint64_t *size, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return error_errno(e, "%s", path);
	if (fstat(fd, &st) != 0)
		error_errno(e, "%s", path);
	else if (!S_ISREG(st.st_mode))
		error_set(e, EINVAL, "%s: not a regular file", path);
	else if (st.st_size == 0)
		error_set(e, ENODATA, "%s: empty", path);
	else {
		*size = (uint64_t)st.st_size;
		return fd;
	}
	close(fd);
	return -e->code;
}

int kexec_open_kernel(const char *path, struct kernel_image *image, struct error *e)
{
	uint8_t *head CLEANUP(free_ptr) = malloc(KERNEL_HEAD);
	uint64_t size;
	int fd = open_file(path, &size, e), result;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = head ? read_all_at(fd, head, KERNEL_HEAD, 0) : -ENOMEM;
	if (n < 0) {
		result = error_set(e, (int)-n, "%s: %s", path, strerror((int)-n));
	} else {
		kernel_image_probe(span_of(head, (size_t)n), image);
		result = check_kernel(path, image, e);
	}
	if (result == 0)
		return fd;
	close(fd);
	return result;
}

static void describe(const struct kexec_load *load, const struct kernel_image *image, uint64_t initrd_size)
{
	applet_say("kernel %s%s%s, needs %llu KiB to start", load->kernel, image->version[0] ? ", version " : "",
		   image->version, (unsigned long long)(image->memory >> 10));
	applet_say("initrd %s, %llu KiB", load->initrd ? load->initrd : "none",
		   (unsigned long long)(initrd_size >> 10));
	applet_say("command line: %s", load->cmdline);
}

int kexec_load_paths(const struct kexec_load *load, struct error *e)
{
	int kernel_fd CLEANUP(close_fd) = -1, initrd_fd CLEANUP(close_fd) = -1;
	struct kexec_files files = {.capture = load->capture, .cmdline = load->cmdline};
	struct kernel_image image;

	kernel_fd = kexec_open_kernel(load->kernel, &image, e);
	if (kernel_fd < 0)
		return kernel_fd;
	if (load->initrd) {
		initrd_fd = open_file(load->initrd, &files.initrd_size, e);
		if (initrd_fd < 0)
			return initrd_fd;
	}
	if (image.cmdline_max && strlen(load->cmdline) > image.cmdline_max)
		return error_set(e, E2BIG, "the command line is %zu bytes long; this kernel takes %u",
				 strlen(load->cmdline), image.cmdline_max);
	files.kernel_fd = kernel_fd;
	files.initrd_fd = initrd_fd;
	files.kernel_needs = image.memory;
	if (load->debug)
		describe(load, &image, files.initrd_size);
	if (kexec_load_files(&files, e) == 0)
		return 0;
	return error_context(e, "loading %s%s%s", load->kernel, load->initrd ? " with " : "",
			     load->initrd ? load->initrd : "");
}

int kexec_load_failed(int loaded_before, const struct error *e)
{
	struct error ignored;
	int loaded = kexec_loaded(true, &ignored);

	applet_error(e);
	if (loaded == 1)
		applet_say("the capture kernel that was loaded before is still loaded");
	else if (loaded_before == 1)
		applet_say("ATTENTION: the capture kernel that was loaded before is gone: THIS MACHINE IS NOT ARMED; a "
			   "crash now saves nothing");
	else
		applet_say("no capture kernel is loaded: a crash now saves nothing");
	return STATUS_FAILED;
}
