/*
 * Every write-like call of a dump fails in turn, with ENOSPC and with EIO: a file, a raw device, a pipe; KDUMP and ELF.
 * What is left is no dump, or one that says that it is incomplete and has no wrong page.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dump/info.h"
#include "dump/rawdev/raw_savecore.h"
#include "sys/file.h"
#include "unit/faults.h"
#include "unit/fake_kernel.h"

enum { DEVICE = 16 << 20, LEAST_CALLS = 12 };

static const struct log silent;

struct target {
	/* Saves; returns what save_dump does. */
	int (*save)(struct test *t, struct fake *f, const struct save_options *o, struct error *e);
	/* Looks at what is left. Returns whether it is taken for a whole dump. */
	bool (*look)(struct test *t, struct fake *f, const struct save_options *o, unsigned *rests);
};

/* Whatever is under one of a dump's names: nothing in it is wrong. */
static bool check_dump(struct test *t, struct fake *f, const struct save_options *o, const char *path, bool final)
{
	struct span file = fake_kernel_slurp(t, path);
	struct dump_info told;
	struct look look;
	struct error e;

	(o->format == SAVE_ELF ? fake_kernel_look_elf : fake_kernel_look)(f, file, &look);
	CHECK_INT(t, look.wrong, 0);
	CHECK_INT(t, dump_info_read(path, &told, &e), 0);
	CHECK(t, told.incomplete || (look.pages && look.with_data == look.pages));
	CHECK(t, !final || !told.incomplete);
	free((void *)file.data);
	return final;
}

static void names(const struct test *t, char path[300], char rest[320], char starting[320])
{
	snprintf(path, 300, "%s/vmcore", t->scratch);
	snprintf(rest, 320, "%s-incomplete", path);
	snprintf(starting, 320, "%s-starting", path);
}

/* --- a file ------------------------------------------------------------------------------------------------------- */

static int save_file(struct test *t, struct fake *f, const struct save_options *o, struct error *e)
{
	char path[300], rest[320], starting[320];
	struct dump_stats stats;

	names(t, path, rest, starting);
	unlink(path);
	unlink(rest);
	return fake_kernel_save(f, o, path, &stats, e);
}

static bool look_at_file(struct test *t, struct fake *f, const struct save_options *o, unsigned *rests)
{
	char path[300], rest[320], starting[320];
	struct stat st;

	names(t, path, rest, starting);
	CHECK(t, stat(starting, &st) != 0);
	if (stat(path, &st) == 0)
		return check_dump(t, f, o, path, true);
	if (stat(rest, &st) == 0) {
		check_dump(t, f, o, rest, false);
		(*rests)++;
	}
	return false;
}

/* --- a raw device ------------------------------------------------------------------------------------------------- */

static int open_device(struct test *t, int flags)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/device", t->scratch);
	fd = open(path, O_RDWR | O_CREAT | flags, 0600);
	CHECK(t, fd >= 0);
	return fd;
}

static int save_device(struct test *t, struct fake *f, const struct save_options *o, struct error *e)
{
	int fd CLEANUP(close_fd) = open_device(t, O_TRUNC);

	/* Not the dump's own call: it is not to fail. */
	CHECK_INT(t, lseek(fd, DEVICE - 1, SEEK_SET), DEVICE - 1);
	return fake_kernel_save_raw(f, o, fd, DEVICE, e);
}

static bool look_at_device(struct test *t, struct fake *f, const struct save_options *o, unsigned *rests)
{
	int fd CLEANUP(close_fd) = open_device(t, 0);
	struct savecore_result saved = {.directory = NULL};
	char path[600];
	struct raw_reader reader;
	bool whole = false;
	struct stat st;
	struct error e;

	if (raw_reader_init(&reader, fd, DEVICE, "device", NULL, &e) == 1)
		savecore(&reader, t->scratch, &silent, &saved, &e);
	raw_reader_deinit(&reader);
	for (int i = 0; saved.directory && i < 6; i++) {
		static const char *const files[] = {"vmcore", "vmcore-dmesg.txt", "vmcore-info.txt"};

		snprintf(path, sizeof(path), "%s/%s%s", saved.directory, files[i / 2], i % 2 ? "-incomplete" : "");
		if (i < 2 && stat(path, &st) == 0) {
			whole |= check_dump(t, f, o, path, i == 0);
			*rests += i == 1;
		}
		unlink(path);
	}
	if (saved.saving)
		unlink(saved.saving);
	if (saved.directory)
		CHECK_INT(t, rmdir(saved.directory), 0);
	free(saved.directory);
	free(saved.saving);
	return whole;
}

/* --- a pipe ------------------------------------------------------------------------------------------------------- */

/* The other end: a process that keeps what comes as "piped". */
static void keep(const char *path, int from)
{
	static char data[1 << 16];
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	faults_arm(0, 0);
	while ((n = read(from, data, sizeof(data))) > 0)
		if (write_all(to, data, (size_t)n) < 0)
			_exit(1);
	_exit(n < 0);
}

static int save_pipe(struct test *t, struct fake *f, const struct save_options *o, struct error *e)
{
	char path[300], fifo[300];
	struct dump_stats stats;
	int status = 1, r;
	pid_t child;

	snprintf(path, sizeof(path), "%s/piped", t->scratch);
	snprintf(fifo, sizeof(fifo), "%s/fifo", t->scratch);
	unlink(fifo);
	CHECK_INT(t, mkfifo(fifo, 0600), 0);
	fflush(stdout);
	child = fork();
	if (child == 0)
		keep(path, open(fifo, O_RDONLY));
	r = fake_kernel_save(f, o, fifo, &stats, e);
	CHECK_INT(t, waitpid(child, &status, 0), child);
	CHECK_INT(t, status, 0);
	return r;
}

/* What has come is the beginning of what comes without a fault, and says so where it is a dump at all. */
static bool look_at_pipe(struct test *t, struct fake *f, const struct save_options *o, unsigned *rests)
{
	char path[300], good[300];
	struct span came, want;
	struct stat st;
	bool whole;

	snprintf(path, sizeof(path), "%s/piped", t->scratch);
	snprintf(good, sizeof(good), "%s/good", t->scratch);
	if (stat(good, &st) != 0) {
		CHECK_INT(t, rename(path, good), 0);
		return check_dump(t, f, o, good, true);
	}
	came = fake_kernel_slurp(t, path);
	want = fake_kernel_slurp(t, good);
	CHECK(t, came.size <= want.size);
	CHECK_MEM(t, came.data, want.data, came.size <= want.size ? came.size : 0);
	whole = came.size == want.size;
	if (came.size > 64 << 10 && !whole) {
		struct dump_info told;
		struct error e;

		CHECK_INT(t, dump_info_read(path, &told, &e), 0);
		CHECK(t, told.incomplete);
		(*rests)++;
	}
	free((void *)came.data);
	free((void *)want.data);
	return whole;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static void check_faults(struct test *t, const struct target *target, const struct save_options *o)
{
	static const int errors[] = {ENOSPC, EIO};
	struct error e = {.text = ""};
	unsigned rests = 0;
	struct fake f;
	long calls;

	fake_kernel_init(&f);
	faults_arm(0, 0);
	CHECK_INT(t, target->save(t, &f, o, &e), 0);
	calls = faults_calls();
	CHECK(t, calls >= LEAST_CALLS);
	CHECK(t, target->look(t, &f, o, &rests));
	for (long n = 1; t->ok && n <= 2 * calls; n++) {
		int error = errors[n > calls];

		faults_arm(n > calls ? n - calls : n, error);
		CHECK_INT(t, target->save(t, &f, o, &e), -error);
		faults_arm(0, 0);
		/* A device whose last write failed may hold the whole dump: it was only not told so. */
		if (target->look(t, &f, o, &rests))
			CHECK(t, target->look == look_at_device && calls - (n - 1) % calls < 12);
		if (!t->ok)
			printf("call %ld of %ld, %s\n", (n - 1) % calls + 1, calls, strerror(error));
	}
	CHECK(t, rests > (unsigned)calls / 4);
	fake_deinit(&f);
}

static const struct target file = {save_file, look_at_file}, device = {save_device, look_at_device},
			   out = {save_pipe, look_at_pipe};
static const struct save_options kdump = {.codec = CODEC_FAST, .level = 31}, elf = {.format = SAVE_ELF, .level = 0};

static void kdump_file(struct test *t)
{
	check_faults(t, &file, &kdump);
}

static void kdump_device(struct test *t)
{
	check_faults(t, &device, &kdump);
}

static void kdump_pipe(struct test *t)
{
	check_faults(t, &out, &kdump);
}

static void elf_file(struct test *t)
{
	check_faults(t, &file, &elf);
}

static void elf_device(struct test *t)
{
	check_faults(t, &device, &elf);
}

static void elf_pipe(struct test *t)
{
	check_faults(t, &out, &elf);
}

void suite_every_write(struct test *t)
{
	test_run(t, "ENOSPC and EIO at every write: KDUMP, a file", kdump_file);
	test_run(t, "ENOSPC and EIO at every write: KDUMP, a raw device", kdump_device);
	test_run(t, "ENOSPC and EIO at every write: KDUMP, a pipe", kdump_pipe);
	test_run(t, "ENOSPC and EIO at every write: ELF, a file", elf_file);
	test_run(t, "ENOSPC and EIO at every write: ELF, a raw device", elf_device);
	test_run(t, "ENOSPC and EIO at every write: ELF, a pipe", elf_pipe);
}
