#include "unit/test.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "script.h"

/* The script of a configuration, or the error. */
static const char *script_of(struct buffer *out, const char *conf, const struct names *modules)
{
	static const struct names none;
	static struct error e;
	struct plan plan;
	int status = plan_init(&plan, NULL, span_of(conf, strlen(conf)), "x/f.conf", NULL, &e);

	if (status == 0)
		status = script_write(out, &plan, modules ? modules : &none, &e);
	plan_deinit(&plan);
	return status < 0 ? e.text : buffer_text(out);
}

static void plain(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};

	CHECK_STR(t, script_of(&out, "ext4 UUID=12-ab\n", NULL),
		  "# Written by mkcaptureinitrd " CRASHBOX_VERSION
		  " from f.conf: what the capture environment runs, line by line.\n"
		  "LINE_DEADLINE=3780\nCAPTURE_DEADLINE=3930\n"
		  "wait-device -t 30 UUID=12-ab && timeout 60 mount -t ext4 UUID=12-ab /target && "
		  "timeout 3600 dump-save --accept-partial -d 31 /proc/vmcore /target/var/crash/ && "
		  "timeout 60 umount /target && reboot\n"
		  "timeout 120 dmesg-save /proc/vmcore /dev/console\nreboot\n");
}

static void ladder(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct names modules CLEANUP(names_deinit) = {0};
	struct error e;
	const char *text;

	names_add(&modules, span_of("nls_iso8859-1.ko", 16), &e);
	text = script_of(&out,
			 "ext4 UUID=1\nxfs LABEL=my disk\npath /\ndump_deadline 100\nfinal_action poweroff\n"
			 "failure_action halt\ncore_collector makedumpfile -E -F -d 0 --message-level 7\n",
			 &modules);
	CHECK_HAS(t, text,
		  "LINE_DEADLINE=280\nCAPTURE_DEADLINE=711\ninsmod /lib/modules/nls_iso8859-1.ko\nwait-device");
	CHECK_HAS(t, text, "dump-save --accept-partial -d 0 -E -F --message-level 7 /proc/vmcore /target/ && ");
	CHECK_HAS(t, text, "wait-device -t 30 'LABEL=my disk' && timeout 60 mount -t xfs 'LABEL=my disk' /target && ");
	CHECK_HAS(t, text, " && poweroff\ntimeout 120 dmesg-save /proc/vmcore /dev/console\nhalt\n");
}

static void quoting(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct error e;

	CHECK_INT(t, script_word(&out, "", &e), 0);
	CHECK_INT(t, script_word(&out, "/a-b_c.d:1=2,3@4%5+", &e), 0);
	CHECK_INT(t, script_word(&out, "$(x) `y` \"z\" ~ * ; | & < > \\ #", &e), 0);
	CHECK_STR(t, buffer_text(&out), "''/a-b_c.d:1=2,3@4%5+'$(x) `y` \"z\" ~ * ; | & < > \\ #'");
	CHECK_INT(t, script_word(&out, "it's", &e), -EINVAL);
	CHECK_INT(t, script_word(&out, "a\nb", &e), -EINVAL);
	CHECK_INT(t, script_word(&out, "\x7f", &e), -EINVAL);
	CHECK_HAS(t, script_of(&out, "ext4 UUID=1\npath /$HOME/`id`;reboot\n", NULL), "'/target/$HOME/`id`;reboot/'");
}

void suite_capture_script(struct test *t)
{
	test_run(t, "one target", plain);
	test_run(t, "a ladder with modules and actions", ladder);
	test_run(t, "nothing becomes a command by its name", quoting);
}
