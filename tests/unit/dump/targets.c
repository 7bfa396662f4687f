/* Targets as objects: what a directory does with files and results, and what the names on a command line mean. */
#include "dump/target/target_kinds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "unit/faults.h"
#include "unit/test.h"

static void keep_line(void *context, enum log_level level, const char *text)
{
	char *kept = context;

	(void)level;
	snprintf(kept, 512, "%.511s", text);
}

static bool exists(const char *dir, const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void names(struct test *t)
{
	CHECK(t, target_kind("/var/crash/") == &directory_target);
	CHECK(t, target_kind("/") == &directory_target);
	CHECK(t, target_kind("UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11") == &device_target);
	CHECK(t, target_kind("/var/crash/vmcore") == NULL);
	CHECK(t, target_kind("-") == NULL);
	CHECK(t, target_kind("") == NULL);
}

static void directory(struct test *t)
{
	char parent[300], dir[400], said[512] = "", *text = NULL;
	const struct log log = {.line = keep_line, .context = said};
	const struct dump_target_request request = {.where = parent, .log = &log};
	const struct dump_identity identity = {.crash_time = 1262347200};
	struct dump_target *target = NULL;
	struct error e = {.text = ""};
	size_t size = 0;

	snprintf(parent, sizeof(parent), "%s/crash/", t->scratch);
	CHECK_INT(t, target_create(&directory_target, &request, &target, &e), 0);
	CHECK_INT(t, dump_target_open(target, &identity, &e), 0);
	snprintf(dir, sizeof(dir), "%s", target->name);
	CHECK_HAS(t, dir, "2010-01-01-120000");
	CHECK(t, exists(parent, "last-capture"));
	CHECK_INT(t, dump_target_put_text(target, "vmcore-info.txt", span_of("hello\n", 6), &e), 0);
	CHECK(t, exists(dir, "vmcore-info.txt"));
	target->ops->remove(target, "vmcore-info.txt");
	CHECK(t, !exists(dir, "vmcore-info.txt"));
	target->ops->remove(target, "was-never-here");
	CHECK_INT(t, dump_target_complete(target, &e), 0);
	dump_target_close(target, false, CAPTURE_FAILED, "no room");
	snprintf(dir, sizeof(dir), "%s/last-capture", parent);
	CHECK_INT(t, file_read(dir, 4096, &text, &size, &e), 0);
	CHECK_HAS(t, text ? text : "", "status failed\n");
	CHECK_HAS(t, text ? text : "", "message no room\n");
	CHECK_STR(t, said, "");
	free(text);
}

static void no_room(struct test *t)
{
	char parent[300];
	const struct dump_target_request request = {.where = parent, .min_free = 1u << 31};
	const struct dump_identity identity = {.crash_time = 1262347200};
	struct dump_target *target = NULL;
	struct error e = {.text = ""};

	snprintf(parent, sizeof(parent), "%s/crash/", t->scratch);
	CHECK_INT(t, target_create(&directory_target, &request, &target, &e), 0);
	CHECK_INT(t, dump_target_open(target, &identity, &e), -ENOSPC);
	CHECK_HAS(t, e.text, "--min-free asks for 2147483648 MiB");
	CHECK(t, target->name == NULL);
	dump_target_close(target, false, CAPTURE_FAILED, e.text);
	CHECK(t, exists(parent, "last-capture"));
}

/* The result cannot be written: the dump goes on, and a warning tells. */
static void no_result(struct test *t)
{
	char parent[300], said[512] = "";
	const struct log log = {.line = keep_line, .context = said};
	const struct dump_target_request request = {.where = parent, .log = &log};
	const struct dump_identity identity = {.crash_time = 1262347200};
	struct dump_target *target = NULL;
	struct error e = {.text = ""};

	snprintf(parent, sizeof(parent), "%s/", t->scratch);
	CHECK_INT(t, target_create(&directory_target, &request, &target, &e), 0);
	faults_arm(1, EIO);
	CHECK_INT(t, dump_target_open(target, &identity, &e), 0);
	faults_arm(0, 0);
	CHECK_HAS(t, said, "the result was not recorded");
	dump_target_close(target, true, CAPTURE_SAVED, "");
	CHECK(t, exists(parent, "last-capture"));
}

/* Targets that cannot be opened at all: outside of the root, and where a link leads out of it. */
static void no_directory(struct test *t)
{
	static const struct {
		const char *root, *where;
		int code;
	} cases[] = {{"/usr", "/user/x/", -EINVAL}, {"/proc", "/proc/self/cwd/", -ELOOP}};

	for (size_t i = 0; i < 2; i++) {
		char said[512] = "";
		const struct log log = {.line = keep_line, .context = said};
		const struct dump_target_request request = {
			.where = cases[i].where, .root = cases[i].root, .log = &log};
		const struct dump_identity identity = {.crash_time = 1262347200};
		struct dump_target *target = NULL;
		struct error e = {.text = ""};

		CHECK_INT(t, target_create(&directory_target, &request, &target, &e), 0);
		CHECK_INT(t, dump_target_open(target, &identity, &e), cases[i].code);
		dump_target_close(target, false, CAPTURE_FAILED, e.text);
		CHECK_HAS(t, said, "the result was not recorded");
	}
}

static void single_files(struct test *t)
{
	struct sink *sink = NULL;
	struct error e = {.text = ""};

	CHECK_INT(t, sink_open("/dev/crashbox-has-no-such-device", 0, &sink, &e), -ENODEV);
	CHECK_HAS(t, e.text, "no such device");
	CHECK_INT(t, sink_open(t->scratch, 0, &sink, &e), -EISDIR);
	CHECK_HAS(t, e.text, "Add a final /");
	CHECK_INT(t, sink_open("/dev/null", SINK_FLATTENED, &sink, &e), 0);
	CHECK_INT(t, sink_put(sink, 0, "x", 1, &e), 0);
	CHECK_INT(t, sink_commit(sink, 1, &e), 0);
	sink_destroyp(&sink);
}

void suite_targets(struct test *t)
{
	test_run(t, "what a name on the command line means", names);
	test_run(t, "a directory: files, removal, result", directory);
	test_run(t, "a directory with less room than asked for", no_room);
	test_run(t, "a result that cannot be recorded", no_result);
	test_run(t, "a directory that a link leads out of", no_directory);
	test_run(t, "single files, streams and missing devices", single_files);
}
