#include "unit/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

static long armed, calls;
static int with;

void faults_arm(long nth, int error)
{
	armed = nth;
	with = error;
	calls = 0;
}

long faults_calls(void)
{
	return calls;
}

static bool fails(void)
{
	if (++calls != armed)
		return false;
	errno = with;
	return true;
}

/* The linker sends calls of NAME to __wrap_NAME, and __real_NAME is the library's. */
#define WRAP(type, name, parameters, arguments)                                                                        \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		return fails() ? -1 : __real_##name arguments;                                                         \
	}

WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t size, off_t offset), (fd, data, size, offset))
WRAP(int, ftruncate64, (int fd, off_t size), (fd, size))
WRAP(int, rename, (const char *from, const char *to), (from, to))

/* What reaches the disk after a test is nobody's business: not waiting for it is ten times as fast. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	return fails() || fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

/* renameat2 goes by syscall(): its five arguments are passed on. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	va_list ap;
	long a[6];

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return fails() ? -1 : __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
