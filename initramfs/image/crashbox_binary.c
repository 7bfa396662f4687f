#include "image/crashbox_binary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/file.h"

enum { BINARY_MAX = 64 * 1024 * 1024 };

int crashbox_binary_directory(char path[PATH_MAX], struct error *e)
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (n < 0)
		return error_errno(e, "/proc/self/exe");
	path[n] = 0;
	slash = strrchr(path, '/');
	if (slash)
		*slash = 0;
	return 0;
}

static int find_binary(enum arch arch, char path[PATH_MAX], struct error *e)
{
	char self[PATH_MAX];

	if (crashbox_binary_directory(self, e) < 0)
		return -e->code;
	if (arch != ARCH_UNKNOWN && snprintf(path, PATH_MAX, "%s/%s/crashbox", self, arch_name(arch)) < PATH_MAX &&
	    access(path, F_OK) == 0)
		return 0;
	if (snprintf(path, PATH_MAX, "%s/crashbox", self) >= PATH_MAX)
		return error_set(e, ENAMETOOLONG, "%.100s...: the name is too long", self);
	if (access(path, F_OK) != 0) {
		error_errno(e, "%s", path);
		return error_hint(e, "build the crashbox binary (make), or give it with --binary");
	}
	return 0;
}

int crashbox_binary_read(struct crashbox_binary *binary, const char *name, enum arch wanted, struct error *e)
{
	if (name)
		snprintf(binary->path, sizeof(binary->path), "%s", name);
	else if (find_binary(wanted, binary->path, e) < 0)
		return -e->code;
	if (file_read(binary->path, BINARY_MAX, &binary->data, &binary->size, e) < 0)
		return error_context(e, "reading the crashbox binary");
	if (elf_program_identify(&binary->arch, span_of(binary->data, binary->size), e) < 0)
		return error_context(e, "%s", binary->path);
	if (wanted == ARCH_UNKNOWN || wanted == binary->arch)
		return 0;
	error_set(e, EINVAL, "%s is for %s, but the kernel is for %s", binary->path, arch_name(binary->arch),
		  arch_name(wanted));
	return error_hint(e, "build it with 'make ARCH=%s', and give it with --binary", arch_name(wanted));
}

void crashbox_binary_deinit(struct crashbox_binary *binary)
{
	free(binary->data);
	binary->data = NULL;
}
