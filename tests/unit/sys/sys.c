/* What of libcore/sys can be tried without a machine of one's own. */
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/blockdev.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/meminfo.h"
#include "sys/module.h"
#include "sys/mounts.h"

static long long duration(const char *text)
{
	struct error e;
	uint64_t ms;

	return duration_parse(text, &ms, &e) < 0 ? -e.code : (long long)ms;
}

static void durations(struct test *t)
{
	CHECK_INT(t, duration("0"), 0);
	CHECK_INT(t, duration("30"), 30000);
	CHECK_INT(t, duration("30s"), 30000);
	CHECK_INT(t, duration("5m"), 300000);
	CHECK_INT(t, duration("2h"), 7200000);
	CHECK_INT(t, duration("1d"), 86400000);
	CHECK_INT(t, duration("0.5"), 500);
	CHECK_INT(t, duration("1.2345m"), 74040);
	CHECK_INT(t, duration(".25"), 250);
	CHECK_INT(t, duration("1.99999999999999999999999"), 1999);
	CHECK_INT(t, duration(""), -EINVAL);
	CHECK_INT(t, duration("."), -EINVAL);
	CHECK_INT(t, duration("s"), -EINVAL);
	CHECK_INT(t, duration("-1"), -EINVAL);
	CHECK_INT(t, duration("1x"), -EINVAL);
	CHECK_INT(t, duration("1sm"), -EINVAL);
	CHECK_INT(t, duration("1e3"), -EINVAL);
	CHECK_INT(t, duration("99999999999999999999999"), -EINVAL);
	CHECK_INT(t, duration("99999d"), -EINVAL);
}

static void mount_words(struct test *t)
{
	struct mount_options o = {.flags = 0};
	struct error e;
	char many[2048];

	CHECK_INT(t, mount_options_parse(&o, "ro,noatime,data=journal,nosuid,,errors=panic", &e), 0);
	CHECK_INT(t, o.flags, MS_RDONLY | MS_NOATIME | MS_NOSUID);
	CHECK_STR(t, o.data, "data=journal,errors=panic");
	CHECK_INT(t, mount_options_parse(&o, "rw,relatime,defaults,nofail,x-systemd.automount,_netdev", &e), 0);
	CHECK_INT(t, o.flags, MS_RELATIME | MS_NOSUID);
	CHECK_STR(t, o.data, "data=journal,errors=panic");
	CHECK_INT(t, mount_options_parse(&o, "suid,rbind,sync,discard", &e), 0);
	CHECK_INT(t, o.flags, MS_RELATIME | MS_BIND | MS_REC | MS_SYNCHRONOUS);
	CHECK_STR(t, o.data, "data=journal,errors=panic,discard");
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = 0;
	CHECK_INT(t, mount_options_parse(&o, many, &e), -E2BIG);
}

static void mount_errors(struct test *t)
{
	struct mount_options none = {.flags = 0};
	char dir[300];
	struct error e;

	snprintf(dir, sizeof(dir), "%s/none", t->scratch);
	CHECK(t, mounts_add("none", dir, "tmpfs", &none, &e) < 0);
	CHECK_HAS(t, e.text, dir);
	CHECK(t, mounts_remove(dir, 0, &e) < 0);
	CHECK_HAS(t, e.text, dir);
	CHECK_INT(t, filesystem_known("proc"), 2);
	CHECK_INT(t, filesystem_known("nosuchfs"), 0);
}

static void table(struct test *t)
{
	struct mount_table mounts;
	struct mounted none = {.id = -5, .dir = "/"};
	bool root = false;
	struct error e;

	CHECK_INT(t, mount_table_read(&mounts, &e), 0);
	for (size_t i = 0; i < mounts.count; i++) {
		root = root || strcmp(mounts.entries[i].dir, "/") == 0;
		CHECK(t, mount_table_has(&mounts, &mounts.entries[i]));
	}
	CHECK(t, root);
	CHECK(t, !mount_table_has(&mounts, &none));
	mount_table_free(&mounts);
}

static int return_context(void *context)
{
	return *(int *)context;
}

static int sleep_long(void *context)
{
	if (*(int *)context)
		signal(SIGTERM, SIG_IGN);
	sleep(100);
	return 0;
}

static int kill_itself(void *context)
{
	return raise(*(int *)context);
}

static void children(struct test *t)
{
	int seven = 7, zero = 0, one = 1, signal_number = SIGUSR1;
	uint64_t start = clock_ms();
	struct child child;
	struct error e;
	char text[64];

	CHECK_INT(t, child_call(return_context, &seven, 10000), 7);
	CHECK_INT(t, child_call(kill_itself, &signal_number, 10000), -EINTR);
	CHECK_INT(t, child_call(sleep_long, &zero, 50), -ETIMEDOUT);
	CHECK_INT(t, child_start(&child, true, sleep_long, &one, &e), 0);
	CHECK(t, !child_wait_all(&child, 100));
	/* It ignores SIGTERM: SIGKILL it is. */
	CHECK(t, child_stop(&child, 100));
	CHECK(t, WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGKILL);
	CHECK_STR(t, child_describe(child.status, text, sizeof(text)), "killed by SIGKILL");
	CHECK_INT(t, child_start(&child, false, return_context, &seven, &e), 0);
	CHECK(t, child_wait_all(&child, 10000));
	CHECK_STR(t, child_describe(child.status, text, sizeof(text)), "exit status 7");
	CHECK(t, clock_ms() - start < 5000);
}

static void signals(struct test *t)
{
	struct error e;
	char text[32];

	CHECK_INT(t, signal_parse("KILL", &e), SIGKILL);
	CHECK_INT(t, signal_parse("sigterm", &e), SIGTERM);
	CHECK_INT(t, signal_parse("2", &e), SIGINT);
	CHECK_INT(t, signal_parse("", &e), -EINVAL);
	CHECK_INT(t, signal_parse("0", &e), -EINVAL);
	CHECK_INT(t, signal_parse("9x", &e), -EINVAL);
	CHECK_INT(t, signal_parse("SIGNOTHING", &e), -EINVAL);
	CHECK_STR(t, signal_name(SIGSEGV, text, sizeof(text)), "SIGSEGV");
	CHECK_STR(t, signal_name(60, text, sizeof(text)), "signal 60");
}

static void memory(struct test *t)
{
	struct meminfo m;

	CHECK_INT(t, meminfo_parse("MemTotal:  51234 kB\nMemFree:  9 kB\nMemAvailable:  9123 kB\n", &m), 0);
	CHECK_INT(t, m.total, 51234);
	CHECK_INT(t, m.available, 9123);
	CHECK_INT(t, meminfo_parse("MemTotal:  51234 kB\nMemFree:  9 kB\n", &m), 0);
	CHECK_INT(t, m.available, 9);
	CHECK_INT(t, meminfo_parse("MemTotal:  51234 kB\n", &m), -EINVAL);
	CHECK_INT(t, meminfo_parse("", &m), -EINVAL);
}

static void write_file(const char *path, const char *bytes, size_t size)
{
	FILE *f = fopen(path, "w");

	fwrite(bytes, 1, size, f);
	fclose(f);
}

static void modules(struct test *t)
{
	char path[300];
	struct error e;

	snprintf(path, sizeof(path), "%s/x.ko", t->scratch);
	CHECK_INT(t, module_load(path, "", &e), -ENOENT);
	write_file(path, "", 0);
	CHECK_INT(t, module_load(path, "", &e), -ENOEXEC);
	CHECK_HAS(t, e.text, "not a kernel module");
	write_file(path, "\x28\xb5\x2f\xfd....", 8);
	CHECK_INT(t, module_load(path, "", &e), -ENOEXEC);
	CHECK_HAS(t, e.text, "compressed with zstd");
	CHECK_HAS(t, e.text, "mkcaptureinitrd");
}

static void devices(struct test *t)
{
	struct blockdev device;
	struct error e;

	CHECK(t, blockdev_is_tag("UUID=1"));
	CHECK(t, blockdev_is_tag("PARTLABEL=x"));
	CHECK(t, !blockdev_is_tag("/dev/UUID=1"));
	CHECK(t, !blockdev_is_tag("uuid=1"));
	CHECK_INT(t, blockdev_find("/nonexistent", &device, &e), -ENODEV);
	CHECK_INT(t, blockdev_find("/dev/null", &device, &e), -ENOTBLK);
	CHECK(t, blockdev_find("UUID=no-such-thing", &device, &e) < 0);
}

/* An offset from a hostile record must not mean "where the file is". */
static void far_offsets(struct test *t)
{
	char path[300], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/file", t->scratch);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	CHECK_INT(t, write_all_at(fd, "abc", 3, 0), 0);
	CHECK_INT(t, write_all_at(fd, "x", 1, UINT64_MAX), -EINVAL);
	CHECK_INT(t, write_all_at(fd, "x", 1, (uint64_t)INT64_MAX + 1), -EINVAL);
	CHECK_INT(t, write_all_at(fd, "d", 1, 3), 0);
	CHECK_INT(t, lseek(fd, 0, SEEK_END), 4);
	CHECK_INT(t, read_all_at(fd, text, sizeof(text) - 1, 0), 4);
	CHECK_STR(t, text, "abcd");
	close(fd);
}

void suite_sys(struct test *t)
{
	test_run(t, "writes at offsets that no file has", far_offsets);
	test_run(t, "durations", durations);
	test_run(t, "mount's options", mount_words);
	test_run(t, "mount's errors", mount_errors);
	test_run(t, "the table of mounts", table);
	test_run(t, "children end in their time", children);
	test_run(t, "signals by name", signals);
	test_run(t, "memory", memory);
	test_run(t, "files that are no modules", modules);
	test_run(t, "block devices", devices);
}
