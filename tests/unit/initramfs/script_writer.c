#include "unit/test.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/capture_script.h"
#include "dialect/dialect.h"
#include "script/script_word.h"
#include "script/script_writer.h"
#include "sys/file.h"

/* The script of a configuration, or the error. */
static const char *script_of(struct buffer *out, const char *conf, const struct string_list *modules)
{
	static const struct string_list none;
	static struct error e;
	struct plan plan;
	int status = plan_parse(&plan, NULL, span_of(conf, strlen(conf)), "x/f.conf", NULL, &e);

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
		  "LINE_DEADLINE=3780\nCAPTURE_DEADLINE=4235\n"
		  "wait-device -t 30 UUID=12-ab && timeout 60 mount -t ext4 -o errors=remount-ro UUID=12-ab /target && "
		  "timeout 3600 dump-save --accept-partial -d 31 --root /target /proc/vmcore /target/var/crash/ && "
		  "timeout 60 umount /target && reboot\n"
		  "wait-device -t 5 UUID=12-ab && timeout 60 mount -t ext4 -o errors=remount-ro UUID=12-ab /target && "
		  "timeout 120 dmesg-save --root /target /proc/vmcore /target/var/crash/ && timeout 60 umount /target\n"
		  "timeout 30 dmesg-save /proc/vmcore /dev/pmsg0\n"
		  "timeout 120 dmesg-save /proc/vmcore /dev/console\nreboot\n");
}

static void ladder(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct string_list modules CLEANUP(string_list_deinit) = {0};
	struct error e;
	const char *text;

	string_list_add(&modules, span_of("nls_iso8859-1.ko", 16), &e);
	text = script_of(&out,
			 "ext4 UUID=1\nxfs LABEL=my disk\npath /\ndump_deadline 100\nfinal_action poweroff\n"
			 "failure_action halt\ncore_collector makedumpfile -E -F -d 0 --message-level 7\n",
			 &modules);
	CHECK_HAS(t, text,
		  "LINE_DEADLINE=280\nCAPTURE_DEADLINE=1291\ninsmod /lib/modules/nls_iso8859-1.ko\nwait-device");
	CHECK_HAS(t, text,
		  "dump-save --accept-partial -d 0 -E -F --message-level 7 --root /target /proc/vmcore /target/ && ");
	CHECK_HAS(t, text, "wait-device -t 30 'LABEL=my disk' && timeout 60 mount -t xfs 'LABEL=my disk' /target && ");
	CHECK_HAS(t, text,
		  " && poweroff\nwait-device -t 5 UUID=1 && timeout 60 mount -t ext4 -o errors=remount-ro UUID=1 "
		  "/target && "
		  "timeout 120 dmesg-save --root /target /proc/vmcore /target/ && timeout 60 umount "
		  "/target\nwait-device -t 5 'LABEL=my"
		  " disk' && timeout 60 mount -t xfs 'LABEL=my disk' /target && timeout 120 dmesg-save --root /target "
		  "/proc/vmcore /target/ "
		  "&& timeout 60 umount /target\ntimeout 30 dmesg-save /proc/vmcore /dev/pmsg0\n"
		  "timeout 120 dmesg-save /proc/vmcore /dev/console\nhalt\n");
}

static void quoting(struct test *t)
{
	static const char *const bad[] = {"it's", "a\nb", "\x7f"};
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct error e = {.code = 0};

	script_word(&out, "", &e);
	script_word(&out, "/a-b_c.d:1=2,3@4%5+", &e);
	script_word(&out, "$(x) `y` \"z\" ~ * ; | & < > \\ #", &e);
	CHECK_INT(t, e.code, 0);
	CHECK_STR(t, buffer_text(&out), "''/a-b_c.d:1=2,3@4%5+'$(x) `y` \"z\" ~ * ; | & < > \\ #'");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e.code = 0;
		script_word(&out, bad[i], &e);
		CHECK_INT(t, e.code, EINVAL);
	}
	script_word(&out, "\x01", &e);
	CHECK_HAS(t, e.text, "byte 0x7f");
	CHECK_HAS(t, script_of(&out, "ext4 UUID=1\npath /$HOME/`id`;reboot\n", NULL), "'/target/$HOME/`id`;reboot/'");
}

/* A plan with hooks, as its file in tests/golden has it; the shell test runs the same one. */
static void make_hooked(struct plan *plan, struct error *e)
{
	static const char conf[] = "ext4 UUID=12-ab\nxfs LABEL=my disk\nfinal_action poweroff\n"
				   "kdump_pre /etc/kdump/pre.sh one  two\nkdump_post /etc/kdump/post.sh\n"
				   "kdump_post /usr/bin/tell status\n";

	plan_parse(plan, NULL, span_of(conf, sizeof(conf) - 1), "hooks.conf", NULL, e);
	plan->dump_deadline = 100;
	plan->keep = 3;
	plan->min_free = 1;
}

/* A file of the tree, from the second line on: the first one names the version. */
static char *read_golden(struct test *t, const char *path)
{
	char *text = NULL, *line;
	struct error e;
	size_t size;

	CHECK_INT(t, file_read(path, 65536, &text, &size, &e), 0);
	line = text ? strchr(text, '\n') : NULL;
	if (line)
		memmove(text, line + 1, strlen(line));
	return text;
}

static void hooks(struct test *t)
{
	char *want CLEANUP(free_ptr) = read_golden(t, "tests/golden/mkcaptureinitrd/hooks.sh");
	struct buffer out CLEANUP(buffer_deinit) = {0};
	static const struct string_list none;
	struct plan plan;
	struct error e = {.text = ""};

	make_hooked(&plan, &e);
	CHECK_INT(t, script_write(&out, &plan, &none, &e), 0);
	CHECK_STR(t, strchr(buffer_text(&out), '\n') + 1, want ? want : "");
	plan_deinit(&plan);
}

static void log_only(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	static const struct string_list none;
	struct plan plan;
	struct error e = {.text = ""};

	make_hooked(&plan, &e);
	plan.log_only = true;
	CHECK_INT(t, script_write(&out, &plan, &none, &e), 0);
	CHECK_HAS(t, buffer_text(&out),
		  " && timeout 100 dmesg-save --keep 3 --min-free 1 --root /target /proc/vmcore /target/var/crash/ && "
		  "timeout -i ");
	CHECK(t, !strstr(buffer_text(&out), "dump-save"));
	plan_deinit(&plan);
}

static void crash_loop(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};

	CHECK_HAS(
		t, script_of(&out, "ext4 UUID=1\nmin_free 5\nat_most 3\nwithin 600\n", NULL),
		"dump-save --accept-partial -d 31 --min-free 5 --at-most 3 --within 600 --root /target /proc/vmcore ");
	CHECK(t, !strstr(strstr(buffer_text(&out), "dmesg-save"), "--at-most"));
	CHECK_HAS(t, script_of(&out, "ext4 UUID=1\nxfs UUID=2\nraw UUID=3\nat_most 3\n", NULL),
		  "-d 31 --at-most 3 --tally /counted-dumps --root /target /proc/vmcore /target/");
	CHECK_HAS(t, buffer_text(&out), "-d 31 --at-most 3 --tally /counted-dumps /proc/vmcore UUID=3 ");
}

/* A hook that no configuration would be allowed to name. */
static void add_hook(struct hooks *hooks, const char *program, struct error *e)
{
	struct hook hook = {.may_fail = false};

	string_list_add(&hook.words, span_of(program, strlen(program)), e);
	hooks_add(hooks, &hook, e);
}

static void bad_hooks(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	static const struct string_list none;
	struct plan plan;
	struct error e = {.text = ""};

	make_hooked(&plan, &e);
	add_hook(&plan.pre, "/bin/it's", &e);
	CHECK_INT(t, script_write(&out, &plan, &none, &e), -EINVAL);
	CHECK_HAS(t, e.text, "the hook '/bin/it's'");
	plan_deinit(&plan);
	/* More than a line holds. */
	make_hooked(&plan, &e);
	for (int i = 0; i < 32; i++)
		add_hook(&plan.post, "/bin/hook", &e);
	CHECK_INT(t, script_write(&out, &plan, &none, &e), -E2BIG);
	CHECK_HAS(t, e.text, "more than 32 commands");
	plan_deinit(&plan);
}

/* --- what init runs of it: its reader, and && and || as it takes them ------------------------------------------------
 */

/* Which commands fail: those whose call begins with one of these, each ended by a newline. */
static bool fails(const char *call, const char *failing)
{
	for (const char *p = failing; *p; p += strcspn(p, "\n") + 1)
		if (strncmp(call, p, strcspn(p, "\n")) == 0)
			return true;
	return false;
}

static bool is_power(const char *name)
{
	return strcmp(name, "reboot") == 0 || strcmp(name, "poweroff") == 0 || strcmp(name, "halt") == 0;
}

/* Adds "name <argument> ..." for each command that runs. Returns whether it was the last. */
static bool run_line(struct buffer *out, const struct script_line *line, const char *failing)
{
	bool ok = true;

	for (size_t i = 0; i < line->count; i++) {
		const struct script_command *c = &line->commands[i];
		size_t start = out->size;

		if ((c->join == SCRIPT_AND && !ok) || (c->join == SCRIPT_OR && ok))
			continue;
		buffer_print(out, "%s", c->argv[0]);
		for (int j = 1; j < c->argc; j++)
			buffer_print(out, " <%s>", c->argv[j]);
		ok = !fails(buffer_text(out) + start, failing);
		buffer_print(out, "\n");
		if (is_power(c->argv[0]))
			return true;
	}
	return false;
}

/* Runs a golden script: the calls must be those of the file that the shells' calls are held against, too. */
static void run_golden(struct test *t, const char *calls, const char *failing)
{
	char *text CLEANUP(free_ptr) = NULL, *want CLEANUP(free_ptr) = NULL;
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct script script = {.lookup = NULL};
	static struct script_line line;
	struct error e = {.text = ""};
	size_t size;
	int r;

	CHECK_INT(t, file_read("tests/golden/mkcaptureinitrd/hooks.sh", 65536, &text, &size, &e), 0);
	script.text = span_of(text, size);
	while ((r = script_next(&script, &line, &e)) > 0)
		if (line.kind == SCRIPT_LIST && run_line(&out, &line, failing))
			break;
	CHECK(t, r >= 0);
	CHECK_INT(t, file_read(calls, 65536, &want, &size, &e), 0);
	CHECK_STR(t, buffer_text(&out), want);
}

static void calls(struct test *t)
{
	run_golden(t, "tests/golden/mkcaptureinitrd/hooks-saved.calls", "");
	run_golden(t, "tests/golden/mkcaptureinitrd/hooks-second.calls", "timeout <60> <mount> <-t> <ext4>\n");
	run_golden(t, "tests/golden/mkcaptureinitrd/hooks-pre-fails.calls", "timeout <600> </etc/kdump/pre.sh>\n");
	run_golden(t, "tests/golden/mkcaptureinitrd/hooks-none.calls", "wait-device\n");
}

void suite_script_writer(struct test *t)
{
	test_run(t, "one target", plain);
	test_run(t, "a ladder with modules and actions", ladder);
	test_run(t, "hooks, retention, room", hooks);
	test_run(t, "the log only", log_only);
	test_run(t, "a guard against crash loops", crash_loop);
	test_run(t, "hooks that cannot be said", bad_hooks);
	test_run(t, "what init runs of it", calls);
	test_run(t, "nothing becomes a command by its name", quoting);
}
