#include "sys/kexec_call.h"

#include <errno.h>
#include <linux/reboot.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/clock.h"
#include "sys/file.h"

enum { BUSY_TRIES = 50, BUSY_MS = 100 };

#ifndef KEXEC_FILE_UNLOAD
#define KEXEC_FILE_UNLOAD       0x1
#define KEXEC_FILE_ON_CRASH     0x2
#define KEXEC_FILE_NO_INITRAMFS 0x4
#endif
#define KEXEC_ON_CRASH 0x1 /* of kexec_load */

enum { MIB = 1 << 20 };

static int read_number(const char *path, int64_t *value, struct error *e)
{
	char *text CLEANUP(free_ptr) = NULL;
	size_t size;
	int result;

	/* While another load is in progress, these files are busy. */
	for (int i = 0; (result = file_read(path, 64, &text, &size, e)) == -EBUSY && i < BUSY_TRIES; i++)
		clock_sleep(BUSY_MS);
	if (result < 0)
		return result == -ENOENT ? error_hint(e, "this kernel was built without kexec, or /sys is not mounted")
					 : result;
	*value = strtoll(text, NULL, 10);
	return 0;
}

int kexec_loaded(bool capture, struct error *e)
{
	int64_t value;
	int result = read_number(capture ? "/sys/kernel/kexec_crash_loaded" : "/sys/kernel/kexec_loaded", &value, e);

	return result < 0 ? result : value != 0;
}

int64_t kexec_reservation(struct error *e)
{
	int64_t value;
	int result = read_number("/sys/kernel/kexec_crash_size", &value, e);

	return result < 0 ? result : value;
}

/* What does not fit into the reservation, and which size would. */
static int explain_size(const struct kexec_files *f, int code, struct error *e)
{
	struct error ignored;
	int64_t size = kexec_reservation(&ignored);
	uint64_t needs = (f->kernel_needs + f->initrd_size + MIB - 1) / MIB;
	/* It needs that to start, and more to work. Every kernel can reserve a multiple of 16 MiB. */
	uint64_t wanted = (needs + 10 + 15) / 16 * 16;

	if (!f->capture)
		return error_set(e, code, "no memory for the kernel at an address where it can run");
	if (size == 0)
		error_set(e, code, "Memory for crashkernel is not reserved (/sys/kernel/kexec_crash_size is 0)");
	else
		error_set(e, code, "the reserved memory is too small: /sys/kernel/kexec_crash_size is %lld (%lld MiB)",
			  (long long)size, (long long)(size / MIB));
	if (!f->kernel_needs)
		return error_hint(e, "boot this kernel with crashkernel=64M or more");
	error_hint(e, "to start, the capture kernel needs %llu MiB and its initrd %llu KiB",
		   (unsigned long long)(f->kernel_needs + MIB - 1) / MIB,
		   (unsigned long long)(f->initrd_size + 1023) / 1024);
	return error_hint(e, "boot this kernel with crashkernel=%lluM or more", (unsigned long long)wanted);
}

static int explain_permission(int code, struct error *e)
{
	if (geteuid() != 0)
		return error_set(e, code, "not permitted: this needs root (CAP_SYS_BOOT)");
	error_set(e, code, "not permitted");
	return error_hint(
		e, "/proc/sys/kernel/kexec_load_disabled may be 1 (until the next boot), the kernel may be locked down "
		   "(/sys/kernel/security/lockdown), or CAP_SYS_BOOT is missing (a container)");
}

static int explain(const struct kexec_files *f, int code, struct error *e)
{
	switch (code) {
	case EADDRNOTAVAIL:
		return explain_size(f, code, e);
	case ENOMEM:
		error_set(e, code,
			  "no memory: no room in the reservation, or the running kernel has none for the load");
		return f->capture && f->kernel_needs ? explain_size(f, code, e) : -code;
	case EPERM:
		return explain_permission(code, e);
	case EACCES:
		return error_set(e, code, "this kernel's integrity policy forbids it");
	case EKEYREJECTED:
		return error_set(e, code, "the signature of the kernel image was rejected");
	case ENOKEY:
		return error_set(e, code, "this kernel does not have the key that signed the kernel image");
	case EBADMSG:
	case ELIBBAD:
		return error_set(e, code, "the signature of the kernel image is malformed");
	case ENOPKG:
		return error_set(e, code, "this kernel lacks the algorithm of the kernel image's signature");
	case EBUSY:
		return error_set(e, code, "another load is in progress: try again");
	case ENOEXEC:
		return error_set(e, code, "this kernel cannot load this kernel image");
	case ENOSYS:
		error_set(e, code, "this kernel has no kexec_file_load (CONFIG_KEXEC_FILE)");
		return error_hint(e, "loading by kexec_load is not supported yet");
	case EINVAL:
		return error_set(e, code, "this kernel does not accept the kernel image or the command line");
	default:
		return error_set(e, code, "%s", strerror(code));
	}
}

int kexec_load_files(const struct kexec_files *f, struct error *e)
{
	unsigned long flags = (f->capture ? KEXEC_FILE_ON_CRASH : 0) | (f->initrd_fd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0);
	int loaded;

#ifdef SYS_kexec_file_load
	if (syscall(SYS_kexec_file_load, f->kernel_fd, f->initrd_fd, strlen(f->cmdline) + 1, f->cmdline, flags) != 0)
		return explain(f, errno, e);
#else
	return explain(f, ENOSYS, e);
#endif
	loaded = kexec_loaded(f->capture, e);
	if (loaded == 0)
		return error_set(e, EIO, "the kernel accepted the image, but says that none is loaded");
	return loaded < 0 ? loaded : 0;
}

int kexec_unload(bool capture, struct error *e)
{
	unsigned long flags = KEXEC_FILE_UNLOAD | (capture ? KEXEC_FILE_ON_CRASH : 0);
	struct kexec_files none = {.capture = capture};
	int code = ENOSYS;

#ifdef SYS_kexec_file_load
	if (syscall(SYS_kexec_file_load, -1, -1, 1UL, NULL, flags) == 0)
		return 0;
	code = errno;
#endif
	/* With zero segments, the older call unloads. */
	if (code == ENOSYS && syscall(SYS_kexec_load, 0UL, 0UL, NULL, capture ? KEXEC_ON_CRASH : 0UL) == 0)
		return 0;
	return explain(&none, code == ENOSYS ? errno : code, e);
}

int kexec_execute(struct error *e)
{
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	if (errno == EPERM)
		return explain_permission(EPERM, e);
	return error_errno(e, "starting the loaded kernel");
}
