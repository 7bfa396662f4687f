#include "unit/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"

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

static long reads_left, reads_failing;
static int read_with;

void faults_arm_read(long nth, long count, int error)
{
	reads_left = nth;
	reads_failing = count;
	read_with = error;
}

/* --- writing down ------------------------------------------------------------------------------------------------- */

static FILE *record;
static struct timespec record_start;

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)(now.tv_sec - record_start.tv_sec) * 1000000000 + (uint64_t)now.tv_nsec -
	       (uint64_t)record_start.tv_nsec;
}

void faults_record(const char *path)
{
	if (record)
		fclose(record);
	record = path ? fopen(path, "wb") : NULL;
	clock_gettime(CLOCK_MONOTONIC, &record_start);
}

static void write_down(char what, uint64_t offset, uint64_t size, const void *bytes)
{
	uint8_t head[25] = {(uint8_t)what};

	if (!record)
		return;
	put_le64(head + 1, offset);
	put_le64(head + 9, size);
	put_le64(head + 17, nanoseconds());
	fwrite(head, 1, sizeof(head), record);
	if (bytes)
		fwrite(bytes, 1, size, record);
}

static bool is_directory(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* --- the calls ---------------------------------------------------------------------------------------------------- */

/* The linker sends calls of NAME to __wrap_NAME, and __real_NAME is the library's. */
#define WRAP(type, name, parameters, arguments, written)                                                               \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		type r = fails() ? -1 : __real_##name arguments;                                                       \
                                                                                                                       \
		if (r >= 0 && record)                                                                                  \
			written;                                                                                       \
		return r;                                                                                              \
	}

WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), (void)0)
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t size, off_t offset), (fd, data, size, offset),
     write_down('w', (uint64_t)offset, (uint64_t)r, data))
WRAP(int, ftruncate64, (int fd, off_t size), (fd, size), write_down('t', 0, (uint64_t)size, NULL))
WRAP(int, rename, (const char *from, const char *to), (from, to), write_down('r', 0, strlen(to), to))
WRAP(int, fallocate64, (int fd, int mode, off_t offset, off_t size), (fd, mode, offset, size),
     write_down('z', (uint64_t)offset, (uint64_t)size, NULL))

ssize_t __real_pread64(int fd, void *data, size_t size, off_t offset);
ssize_t __wrap_pread64(int fd, void *data, size_t size, off_t offset);
ssize_t __wrap_pread64(int fd, void *data, size_t size, off_t offset)
{
	if (reads_failing == 0 || (reads_left > 1 && reads_left--))
		return __real_pread64(fd, data, size, offset);
	reads_failing--;
	errno = read_with;
	return -1;
}

/* What reaches the disk after a test is nobody's business: not waiting for it is ten times as fast. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	if (fails() || fcntl(fd, F_GETFD) < 0)
		return -1;
	if (record)
		write_down(is_directory(fd) ? 'd' : 's', 0, 0, NULL);
	return 0;
}

/* renameat2 goes by syscall(): its five arguments are passed on. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	va_list ap;
	long a[6], r;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	r = fails() ? -1 : __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r >= 0 && number == SYS_renameat2)
		write_down('r', 0, strlen((const char *)a[3]), (const char *)a[3]);
	return r;
}
