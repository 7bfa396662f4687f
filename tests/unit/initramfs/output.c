/* The image's file: under its name when it is whole and on the disk, and the one before it until then. */
#include "output.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"
#include "unit/faults.h"
#include "unit/test.h"

enum { RECORD_HEAD = 25 };

static char *in_scratch(struct test *t, const char *name, char path[512])
{
	snprintf(path, 512, "%s/%s", t->scratch, name);
	return path;
}

static void check_content(struct test *t, const char *path, const char *want)
{
	char *data CLEANUP(free_ptr) = NULL;
	struct error e = {.text = ""};
	size_t size = 0;

	CHECK_INT(t, file_read(path, 64, &data, &size, &e), 0);
	CHECK_STR(t, data ? data : "", want);
}

/* How many files are named as the image's temporary file is. */
static size_t count_temporary(struct test *t)
{
	char pattern[512];
	glob_t found = {0};
	size_t count;

	glob(in_scratch(t, "image.*", pattern), 0, NULL, &found);
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

static void order(struct test *t)
{
	char path[512], record[512], what[8] = "", *data CLEANUP(free_ptr) = NULL;
	struct error e = {.text = ""};
	size_t size = 0, n = 0;
	struct stat st;

	in_scratch(t, "image", path);
	faults_record(in_scratch(t, "record", record));
	CHECK_INT(t, output_write(path, span_of("new", 3), 0600, &e), 0);
	faults_record(NULL);
	CHECK_INT(t, file_read(record, 4096, &data, &size, &e), 0);
	for (size_t at = 0; at + RECORD_HEAD <= size && n < sizeof(what) - 1; n++) {
		what[n] = data[at];
		at += RECORD_HEAD + (data[at] == 'r' ? get_le64((const uint8_t *)data + at + 9) : 0);
	}
	CHECK_STR(t, what, "srd");
	CHECK_INT(t, stat(path, &st), 0);
	CHECK_INT(t, st.st_mode & 07777, 0600);
	check_content(t, path, "new");
}

/* Every call fails in turn: write, fsync, rename, fsync of the directory. */
static void faults(struct test *t)
{
	static const int errors[] = {ENOSPC, EIO, EINVAL};
	enum { CALLS = 4 };
	char path[512];
	FILE *file;

	in_scratch(t, "image", path);
	for (int i = 0; i < CALLS * 3; i++) {
		int nth = i / 3 + 1, error = errors[i % 3], status;
		/* No more can be asked of a file system that cannot sync a directory. */
		bool done = nth == CALLS && error == EINVAL;
		struct error e = {.text = ""};

		file = fopen(path, "w");
		fputs("old", file);
		fclose(file);
		faults_arm(nth, error);
		status = output_write(path, span_of("new", 3), 0644, &e);
		faults_arm(0, 0);
		CHECK_INT(t, status, done ? 0 : -error);
		CHECK_HAS(t, done ? path : e.text, path);
		CHECK_INT(t, count_temporary(t), 0);
		check_content(t, path, nth == CALLS ? "new" : "old");
		CHECK_HAS(t, nth == CALLS && !done ? e.text : "may bring back", "may bring back");
	}
	/* There are no more. */
	faults_arm(CALLS + 1, EIO);
	CHECK_INT(t, output_write(path, span_of("new", 3), 0644, &(struct error){.code = 0}), 0);
	CHECK_INT(t, faults_calls(), CALLS);
	faults_arm(0, 0);
}

void suite_output(struct test *t)
{
	test_run(t, "the file, its name, the directory", order);
	test_run(t, "the old image stays when a call fails", faults);
}
