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
		error_set(e, ENOEXEC, "%s: compressed with %s, and only an uncompressed .ko can be loaded", path,
			  compression_name(compression));
		return error_hint(e, "mkcaptureinitrd decompresses modules for the image; otherwise use %s -d",
				  compression_name(compression));
	}
	if (n < 4 || memcmp(head, "\177ELF", 4) != 0)
		return error_set(e, ENOEXEC, "%s: not a kernel module (no ELF file)", path);
	return 0;
}

/* What the errors of init_module(2) mean, with what to do. */
static int explain(int code, const char *path, struct error *e)
{
	const char *why;

	switch (code) {
	case ENOEXEC:
		why = "not a module for this kernel (another version, or a damaged file); see the kernel log";
		break;
	case ENOENT:
		why = "a symbol that it needs is not there: load the modules that it depends on before it";
		break;
	case EKEYREJECTED:
	case ENOKEY:
	case EBADMSG:
		why = "its signature is not accepted: take the module that came with this kernel";
		break;
	case EPERM:
		why = "not permitted: this needs root (CAP_SYS_MODULE), kernel.modules_disabled=0 and no lockdown";
		break;
	case EINVAL:
		why = "wrong parameters, or not a module for this kernel; the kernel's log says which";
		break;
	case EBUSY:
		why = "it is being loaded already";
		break;
	case ENODEV:
		why = "it found none of its devices";
		break;
	default:
		why = strerror(code);
	}
	return error_set(e, code, "%s: %s", path, why);
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
	/* Before 3.8, or on a file system whose files the kernel cannot read by itself. */
	if (errno == ENOSYS || errno == EOPNOTSUPP)
		return load_by_copy(path, parameters, e);
	return explain(errno, path, e);
}
