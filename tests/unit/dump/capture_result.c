/* How a capture ended, and which old dumps make room. */
#include "dump/target/capture_result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/target/retention.h"
#include "sys/file.h"
#include "unit/faults.h"
#include "unit/test.h"

static int parse(struct capture_result *result, const char *text, struct error *e)
{
	return capture_result_parse(result, span_of(text, strlen(text)), e);
}

static void reading(struct test *t)
{
	struct capture_result r;
	struct error e = {.text = ""};
	char text[2000];

	CHECK_INT(t, parse(&r, "status saved\ntime 1700000000\ndirectory h-2023-11-14-221320\nmessage a # b\n", &e), 0);
	CHECK_INT(t, r.status, CAPTURE_SAVED);
	CHECK_INT(t, r.time, 1700000000);
	CHECK_STR(t, r.directory, "h-2023-11-14-221320");
	CHECK_STR(t, r.message, "a # b");
	/* What a later version may add, no final newline, an empty value, and what a terminal would act on. */
	CHECK_INT(t, parse(&r, "later thing\n\nmessage x\x1b[2Jy\ndirectory \nstatus degraded", &e), 0);
	CHECK_INT(t, r.status, CAPTURE_DEGRADED);
	CHECK_STR(t, r.message, "x?[2Jy");
	CHECK_STR(t, r.directory, "");
	CHECK_INT(t, parse(&r, "", &e), -EINVAL);
	CHECK_HAS(t, e.text, "no line 'status'");
	CHECK_INT(t, parse(&r, "status fine\n", &e), -EINVAL);
	CHECK_INT(t, parse(&r, "status saved\ntime now\n", &e), -EINVAL);
	CHECK_INT(t, parse(&r, "status saved\ntime 99999999999999999999\n", &e), -EINVAL);
	CHECK_INT(t, parse(&r, "status saved\ndirectory ../x\n", &e), -EINVAL);
	CHECK_INT(t, parse(&r, "status saved\ndirectory a/b\n", &e), -EINVAL);
	memset(text, 'a', sizeof(text));
	memcpy(text, "status saved\nmessage ", 21);
	CHECK_INT(t, capture_result_parse(&r, span_of(text, sizeof(text)), &e), 0);
	CHECK_INT(t, strlen(r.message), sizeof(r.message) - 1);
	memcpy(text, "status saved\ndirectory ", 23);
	CHECK_INT(t, capture_result_parse(&r, span_of(text, sizeof(text)), &e), -EINVAL);
}

static void there_and_back(struct test *t)
{
	struct capture_result r = {.status = CAPTURE_FAILED,
				   .time = 12,
				   .directory = "h-1970-01-01-000012",
				   .message = "writing: no room\nmake some"},
			      back;
	char path[300], *text = NULL;
	struct error e = {.text = ""};
	int scratch = open(t->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	size_t size;
	long calls;

	snprintf(path, sizeof(path), "%s/" CAPTURE_RESULT, t->scratch);
	CHECK_INT(t, capture_result_write(&r, scratch, t->scratch, &e), 0);
	CHECK_INT(t, stat(path, &st), 0);
	CHECK_INT(t, st.st_mode & 07777, 0600);
	CHECK_INT(t, file_read(path, 4096, &text, &size, &e), 0);
	CHECK_STR(t, text,
		  "status failed\ntime 12\ndirectory h-1970-01-01-000012\nmessage writing: no room make some\n");
	CHECK_INT(t, capture_result_parse(&back, span_of(text, size), &e), 0);
	CHECK_INT(t, back.status, CAPTURE_FAILED);
	CHECK_STR(t, back.directory, r.directory);
	free(text);
	/* Whatever call fails, what was there before is still there, and whole. */
	r.status = CAPTURE_SAVED;
	faults_arm(0, 0);
	CHECK_INT(t, capture_result_write(&back, scratch, t->scratch, &e), 0);
	calls = faults_calls();
	CHECK(t, calls >= 4);
	for (long n = 1; n < calls - 1; n++) {
		faults_arm(n, EIO);
		CHECK_INT(t, capture_result_write(&r, scratch, t->scratch, &e), -EIO);
		faults_arm(0, 0);
		CHECK_INT(t, file_read(path, 4096, &text, &size, &e), 0);
		CHECK_INT(t, capture_result_parse(&back, span_of(text, size), &e), 0);
		CHECK_INT(t, back.status, CAPTURE_FAILED);
		free(text);
	}
	close(scratch);
}

/* A directory that is not empty. */
static int fill(int scratch, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/x", name);
	return symlinkat("/", scratch, path);
}

/* What others may have put under the names: a result is recorded all the same, and nothing else is read. */
static void names_taken(struct test *t)
{
	static const char *const taken[] = {"last-capture", "last-capture-incomplete", "last-capture-starting"};
	int scratch = open(t->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct capture_result r = {.status = CAPTURE_SAVED, .time = 12}, back;
	struct error e = {.text = ""};
	struct stat st;

	CHECK_INT(t, capture_result_read(&back, scratch, &e), -ENOENT);
	for (int kind = 0; kind < 5; kind++) {
		for (unsigned i = 0; i < 3; i++) {
			unlinkat(scratch, taken[i], 0);
			CHECK_INT(t,
				  kind == 0   ? mkfifoat(scratch, taken[i], 0600)
				  : kind == 1 ? symlinkat("elsewhere", scratch, taken[i])
				  : kind == 2 ? symlinkat("last-capture", scratch, taken[i])
					      : mkdirat(scratch, taken[i], 0755),
				  0);
			if (kind == 4)
				CHECK_INT(t, fill(scratch, taken[i]), 0);
		}
		if (kind != 2)
			CHECK_INT(t, capture_result_read(&back, scratch, &e), -EPERM);
		CHECK_INT(t, capture_result_write(&r, scratch, t->scratch, &e), 0);
		CHECK_INT(t, capture_result_read(&back, scratch, &e), 0);
		CHECK_INT(t, back.time, 12);
		CHECK(t, fstatat(scratch, "elsewhere", &st, AT_SYMLINK_NOFOLLOW) != 0);
	}
	close(scratch);
}

static const char *time_of(const char *name)
{
	static char text[64];
	unsigned n;
	const char *time = retention_time(name, &n);

	snprintf(text, sizeof(text), "%.17s %u", time ? time : "none", time ? n : 0);
	return text;
}

static void names(struct test *t)
{
	CHECK_STR(t, time_of("host-2001-02-03-040506"), "2001-02-03-040506 1");
	CHECK_STR(t, time_of("host-2001-02-03-040506-123456789"), "2001-02-03-040506 123456789");
	CHECK_STR(t, time_of("my-host.x-2001-02-03-040506-12"), "2001-02-03-040506 12");
	CHECK_STR(t, time_of("a-2001-02-03-040506-2001-02-03-040507"), "2001-02-03-040507 1");
	CHECK_STR(t, time_of("2001-02-03-040506"), "none 0");
	CHECK_STR(t, time_of("-2001-02-03-040506"), "none 0");
	CHECK_STR(t, time_of("-2001-02-03-040506-2"), "none 0");
	CHECK_STR(t, time_of("host-2001-02-03-040506-"), "none 0");
	CHECK_STR(t, time_of("host-2001-02-03-040506-1234567890"), "none 0");
	CHECK_STR(t, time_of("host-2001-02-03-04050x"), "none 0");
	CHECK_STR(t, time_of("last-capture"), "none 0");
	CHECK_STR(t, time_of(""), "none 0");
	CHECK_STR(t, time_of("1"), "none 0");
	CHECK_STR(t, time_of("."), "none 0");
}

/* A dump's directory with a vmcore in it. */
static void make_dump(struct test *t, const char *name)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", t->scratch, name);
	CHECK_INT(t, mkdir(path, 0700), 0);
	strcat(path, "/vmcore");
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	CHECK_INT(t, write(fd, "KDUMP   ", 8), 8);
	CHECK_INT(t, close(fd), 0);
}

static bool there(struct test *t, const char *name)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%s/vmcore", t->scratch, name);
	return access(path, F_OK) == 0;
}

static void retention(struct test *t)
{
	int scratch = open(t->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error e = {.text = ""};

	make_dump(t, "a-2001-01-01-000000");
	make_dump(t, "b-2002-01-01-000000");
	make_dump(t, "a-2003-01-01-000000");
	make_dump(t, "a-2004-01-01-000000");
	CHECK_INT(t, retention_apply(scratch, t->scratch, "a-2003-01-01-000000", 4, NULL, &e), 0);
	CHECK_INT(t, retention_apply(scratch, t->scratch, "a-2003-01-01-000000", 3, NULL, &e), 1);
	CHECK(t, !there(t, "a-2001-01-01-000000"));
	CHECK(t, there(t, "b-2002-01-01-000000"));
	CHECK_INT(t, retention_apply(scratch, t->scratch, "a-2003-01-01-000000", 1, NULL, &e), 1);
	CHECK(t, there(t, "a-2003-01-01-000000"));
	CHECK(t, there(t, "a-2004-01-01-000000"));
	CHECK_INT(t, retention_apply(scratch, t->scratch, "a-2005-01-01-000000", 1, NULL, &e), -ENOENT);
	CHECK_INT(t, retention_apply(scratch, t->scratch, ".", 1, NULL, &e), -EINVAL);
	CHECK_INT(t, retention_apply(-1, "/nowhere", "a-2003-01-01-000000", 1, NULL, &e), -EBADF);
	close(scratch);
}

/* Logs without a dump, and dumps that broke off, make room for each other, and never a dump for them. */
static void retention_of_logs(struct test *t)
{
	static const char *const all[][2] = {
		{"a-2001-01-01-000000", "vmcore"},
		{"a-2002-01-01-000000", "vmcore-incomplete"},
		{"a-2003-01-01-000000", "vmcore-dmesg.txt"},
		{"a-2004-01-01-000000", "vmcore-dmesg.txt"},
		{"a-2005-01-01-000000", "vmcore-dmesg.txt-incomplete"},
		{"a-2006-01-01-000000", "vmcore-incomplete"},
		{"a-2007-01-01-000000", "something"},
	};
	enum { ALL = sizeof(all) / sizeof(all[0]) };
	static const struct {
		unsigned own, keep;
		const char *left; /* by number */
	} steps[] = {
		{4, 4, "0123456"}, {4, 2, "013456"}, {4, 1, "01456"}, {5, 1, "0456"}, {6, 1, "46"},
	};
	int scratch = open(t->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[400];
	struct error e;

	for (int i = 0; i < ALL; i++) {
		snprintf(path, sizeof(path), "%s/%s", t->scratch, all[i][0]);
		CHECK_INT(t, mkdir(path, 0700), 0);
		snprintf(path, sizeof(path), "%s/%s/%s", t->scratch, all[i][0], all[i][1]);
		CHECK_INT(t, close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	}
	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		char left[ALL + 1] = "";

		CHECK(t, retention_apply(scratch, t->scratch, all[steps[s].own][0], steps[s].keep, NULL, &e) >= 0);
		for (int i = 0; i < ALL; i++) {
			snprintf(path, sizeof(path), "%s/%s", t->scratch, all[i][0]);
			if (access(path, F_OK) == 0)
				left[strlen(left)] = (char)('0' + i);
		}
		CHECK_STR(t, left, steps[s].left);
	}
	close(scratch);
}

static void young_dumps(struct test *t)
{
	const uint64_t hour = 3600, noon = 1262347200; /* 2010-01-01-120000 */
	int scratch = open(t->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	char path[400];

	make_dump(t, "a-2010-01-01-105959");
	make_dump(t, "a-2010-01-01-110000");
	make_dump(t, "b-2010-01-01-110001");
	make_dump(t, "a-2010-01-01-120000");
	make_dump(t, "a-2010-01-01-120000-2");
	make_dump(t, "a-2010-01-01-120001");
	make_dump(t, "other");
	snprintf(path, sizeof(path), "%s/a-2010-01-01-113000",
		 t->scratch); /* the log alone, or a dump that broke off */
	CHECK_INT(t, mkdir(path, 0700), 0);
	/* No dump: an empty file, a link to one, a directory that is a link, a FIFO. */
	strcat(path, "/vmcore");
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	CHECK_INT(t, close(fd), 0);
	CHECK_INT(t, mkdirat(scratch, "x-2010-01-01-113000", 0700), 0);
	CHECK_INT(t, symlinkat("../a-2010-01-01-110000/vmcore", scratch, "x-2010-01-01-113000/vmcore"), 0);
	CHECK_INT(t, symlinkat("a-2010-01-01-110000", scratch, "y-2010-01-01-113000"), 0);
	CHECK_INT(t, mkfifoat(scratch, "z-2010-01-01-113000", 0600), 0);
	CHECK_INT(t, retention_recent(scratch, noon, hour), 3);
	CHECK_INT(t, retention_recent(scratch, noon, hour + 1), 4);
	CHECK_INT(t, retention_recent(scratch, noon - 1, hour), 1 + 1);
	CHECK_INT(t, retention_recent(scratch, noon, 1), 2);
	CHECK_INT(t, retention_recent(scratch, 10, hour), 0);
	CHECK_INT(t, retention_recent(-1, noon, hour), 0);
	close(scratch);
}

void suite_capture_result(struct test *t)
{
	test_run(t, "a result is read", reading);
	test_run(t, "a result is written, and stays whole", there_and_back);
	test_run(t, "a result where its names are taken", names_taken);
	test_run(t, "the names of dumps' directories", names);
	test_run(t, "how many young dumps there are", young_dumps);
	test_run(t, "the oldest dumps go", retention);
	test_run(t, "logs without a dump make room for each other alone", retention_of_logs);
}
