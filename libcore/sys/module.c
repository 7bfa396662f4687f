#include "sys/module.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fmt/compression.h"
#include "sys/file.h"

enum { MODULE_MAX = 256 << 20 };

static int check_file(int fd, const char *path, struct error *e)
{
	uint8_t head[8];
	ssize_t n = read_all_at(fd, head, sizeof(head), 0);
	enum compression compression;

	if (n < 0) {
		errno = (int)-n;
		return error_errno(e, "%s", path);
	}
	compression = compression_find(span_of(head, (size_t)n));
	if (compression) {
		error_set(e, ENOEXEC, "%s: compressed with %s; only an uncompressed .ko can be loaded", path,
			  compression_name(compression));
		return error_hint(e, "mkcaptureinitrd decompresses modules for the image; otherwise use %s -d",
				  compression_name(compression));
	}
	if (n < 4 || memcmp(head, "\177ELF", 4) != 0)
		return error_set(e, ENOEXEC, "%s: not a kernel module (no ELF file)", path);
	return 0;
}

/* What the errors of init_module(2) mean, and what to do. */
static int explain(int code, const char *path, struct error *e)
{
	static const char signature[] = "its signature is not accepted: use the module that came with this kernel";
	static const struct {
		int code;
		const char *why;
	} reasons[] = {
		{ENOEXEC, "not a module for this kernel (another version, or a damaged file); see the kernel's log"},
		{ENOENT, "a symbol that it needs is missing: load the modules that it depends on first"},
		{EKEYREJECTED, signature},
		{ENOKEY, signature},
		{EBADMSG, signature},
		{EPERM, "not permitted: this needs root (CAP_SYS_MODULE), kernel.modules_disabled=0 and no lockdown"},
		{EINVAL, "wrong parameters, or not a module for this kernel; the kernel's log says which"},
		{EBUSY, "it is already being loaded"},
		{ENODEV, "it found none of its devices"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return error_set(e, code, "%s: %s", path, reasons[i].why);
	return error_set(e, code, "%s: %s", path, strerror(code));
}

int module_load_image(const void *image, size_t size, const char *path, const char *parameters, struct error *e)
{
	if (size < 4 || memcmp(image, "\177ELF", 4) != 0)
		return error_set(e, ENOEXEC, "%s: not a kernel module (no ELF file)", path);
	if (syscall(SYS_init_module, image, size, parameters) == 0 || errno == EEXIST)
		return 0;
	return explain(errno, path, e);
}

static int load_by_copy(const char *path, const char *parameters, struct error *e)
{
	char *image CLEANUP(free_ptr) = NULL;
	size_t size;
	int result = file_read(path, MODULE_MAX, &image, &size, e);

	return result < 0 ? result : module_load_image(image, size, path, parameters, e);
}

int module_load(const char *path, const char *parameters, struct error *e)
{
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return error_errno(e, "%s", path);
	result = check_file(fd, path, e);
	if (result < 0)
		return result;
	if (syscall(SYS_finit_module, fd, parameters, 0) == 0 || errno == EEXIST)
		return 0;
	/* Before 3.8, or on a file system from which the kernel cannot read modules. */
	if (errno == ENOSYS || errno == EOPNOTSUPP)
		return load_by_copy(path, parameters, e);
	return explain(errno, path, e);
}
