#include "script/script_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "fmt/capture_script.h"

#include "script/script_volumes.h"
#include "script/script_word.h"

enum {
	LOG_DEADLINE = 120, /* seconds for the log alone; on a console 1 MiB at 115200 baud takes 95 */
	PSTORE_DEADLINE = 30,
	LOG_WAIT = 5, /* seconds for a device that an earlier line has waited for */
	SLACK = 30,   /* seconds for a line's own start */
	GRACE = 15,   /* seconds that timeout may take to end its command: 10 to SIGKILL, 3 after it */
};

/* In the capture environment's memory: how many recent dumps the targets checked so far hold. */
#define TALLY "/counted-dumps"

/* Onto a file system: a link on it that leads elsewhere must not put the dump into the capture environment's memory. */
#define FROM " --root /target /proc/vmcore "

/* A comment must stay one line, whatever the name of the file. */
static void write_head(struct buffer *out, const struct plan *plan)
{
	buffer_print(out, "# Written by mkcaptureinitrd " CRASHBOX_VERSION " from ");
	for (const char *p = plan->source; *p; p++)
		buffer_print(out, "%c", (unsigned char)*p < 32 || *p == 127 ? '?' : *p);
	buffer_print(out, ": what the capture environment runs, line by line.\n");
}

/* The seconds that these hooks may take, each up to its own deadline. */
static unsigned hooks_time(const struct hooks *hooks)
{
	return (unsigned)hooks->count * (SCRIPT_HOOK_DEADLINE + GRACE);
}

/* The seconds that a target's line may take, each of its parts up to its own deadline. */
static unsigned target_time(const struct plan *plan)
{
	return PLAN_DEVICE_WAIT + 2 * PLAN_MOUNT_DEADLINE + plan->dump_deadline + hooks_time(&plan->post) + SLACK;
}

/* The same for the line that saves the log alone. */
static unsigned log_time(void)
{
	return LOG_WAIT + 2 * PLAN_MOUNT_DEADLINE + LOG_DEADLINE + SLACK;
}

/* Whether a target can be tried again with the log alone: as a file. */
static bool has_log_line(const struct plan *plan, const struct target *target)
{
	return !plan->log_only && target->kind->access == TARGET_MOUNTED;
}

/* init's own deadlines, longer than those in the lines: they end what a timeout that hangs would not. */
static void write_deadlines(struct buffer *out, const struct plan *plan, size_t modules)
{
	bool hooks = plan->pre.count || plan->post.count;
	unsigned target = target_time(plan), hook = hooks ? SCRIPT_HOOK_DEADLINE + GRACE + SLACK : 0;
	unsigned whole =
		(unsigned)plan->nr_targets * target + PSTORE_DEADLINE + LOG_DEADLINE + SLACK + (unsigned)modules;

	/* Hooks in lines of their own: those before the targets, and those after all of them have failed. */
	whole += hooks_time(&plan->pre) + hooks_time(&plan->post);
	for (size_t i = 0; i < plan->nr_targets; i++)
		whole += has_log_line(plan, &plan->targets[i]) ? log_time() : 0;
	buffer_print(out, "LINE_DEADLINE=%u\nCAPTURE_DEADLINE=%u\n", target > hook ? target : hook, whole);
}

/* "timeout 600 /etc/kdump/pre.sh ARGUMENT..."; if status is not NULL, it follows, and the hook's own is ignored. */
static void write_hook(struct buffer *out, const struct hook *hook, const char *status, struct error *e)
{
	bool failed = e->code;

	buffer_print(out, "timeout %s%d", status ? "-i " : "", SCRIPT_HOOK_DEADLINE);
	for (size_t i = 0; i < hook->words.count; i++) {
		buffer_print(out, " ");
		script_word(out, hook->words.item[i], e);
	}
	if (e->code && !failed)
		error_context(e, "the hook '%.64s'", hook->words.item[0]);
	if (status)
		buffer_print(out, " %s", status);
}

/* A pre hook that fails ends the capture with the final action, as kdump.conf(5) has it, unless it may fail. */
static void write_pre(struct buffer *out, const struct plan *plan, struct error *e)
{
	for (size_t i = 0; i < plan->pre.count; i++) {
		write_hook(out, &plan->pre.item[i], NULL, e);
		if (plan->pre_may_fail || plan->pre.item[i].may_fail)
			buffer_print(out, "\n");
		else
			buffer_print(out, " || %s\n", action_name(plan->final));
	}
}

/* Post hooks: after a saved dump in the target's line, with status 0; in lines of their own if none was saved. */
static void write_post(struct buffer *out, const struct plan *plan, const char *status, const char *end,
		       struct error *e)
{
	for (size_t i = 0; i < plan->post.count; i++) {
		write_hook(out, &plan->post.item[i], status, e);
		buffer_print(out, "%s", end);
	}
}

static void write_collector(struct buffer *out, const struct collector *c)
{
	buffer_print(out, "dump-save --accept-partial -d %u", c->level);
	collector_print_options(out, c);
}

/* Against crash loops: dumps are counted across the targets, so that the second does not take what the first refused.
 */
static void write_guard(struct buffer *out, const struct plan *plan)
{
	if (!plan->at_most)
		return;
	buffer_print(out, " --at-most %u", plan->at_most);
	if (plan->within)
		buffer_print(out, " --within %u", plan->within);
	if (plan->nr_targets > 1)
		buffer_print(out, " --tally " TALLY);
}

static void write_dump(struct buffer *out, const struct plan *plan)
{
	buffer_print(out, "timeout %u ", plan->dump_deadline);
	if (plan->log_only)
		buffer_print(out, "dmesg-save");
	else
		write_collector(out, &plan->collector);
	if (plan->keep)
		buffer_print(out, " --keep %u", plan->keep);
	if (plan->min_free)
		buffer_print(out, " --min-free %u", plan->min_free);
	if (!plan->log_only)
		write_guard(out, plan);
	buffer_print(out, FROM);
}

/* To a raw device: nothing is mounted, and retention is a matter for savecore's directory. */
static void write_raw(struct buffer *out, const struct plan *plan, const struct target *target, struct error *e)
{
	if (plan->log_only && !e->code)
		error_set(e, EINVAL, "%s %s: the log alone cannot go to a raw device; name a file system",
			  target->kind->name, target->device);
	buffer_print(out, "wait-device -t %d ", PLAN_DEVICE_WAIT);
	script_word(out, target->device, e);
	buffer_print(out, " && timeout %u ", plan->dump_deadline);
	write_collector(out, &plan->collector);
	/* It holds at most one dump; only dumps on the other targets are counted. */
	if (plan->nr_targets > 1)
		write_guard(out, plan);
	buffer_print(out, "%s /proc/vmcore ", plan->raw_disposable ? " --disposable" : "");
	script_word(out, target->device, e);
	buffer_print(out, " && ");
	write_post(out, plan, "0", " && ", e);
	buffer_print(out, "%s\n", action_name(plan->final));
}

/* Up to the file system on /target. */
static void write_mount(struct buffer *out, int wait, const struct target *target, struct error *e)
{
	buffer_print(out, "wait-device -t %d ", wait);
	script_word(out, target->device, e);
	buffer_print(out, " && timeout %d mount -t %s %s", PLAN_MOUNT_DEADLINE, target->kind->name,
		     target->kind->mount_options);
	script_word(out, target->device, e);
	buffer_print(out, " /target && ");
}

/* The directory of dumps. */
static void write_directory(struct buffer *out, const struct plan *plan, struct error *e)
{
	char path[PLAN_TEXT + 16];

	snprintf(path, sizeof(path), "/target%s/", plan->path);
	script_word(out, path, e);
}

static void write_mounted(struct buffer *out, const struct plan *plan, const struct target *target, struct error *e)
{
	write_mount(out, PLAN_DEVICE_WAIT, target, e);
	write_dump(out, plan);
	write_directory(out, plan, e);
	buffer_print(out, " && ");
	write_post(out, plan, "0", " && ", e);
	buffer_print(out, "timeout %d umount /target && %s\n", PLAN_MOUNT_DEADLINE, action_name(plan->final));
}

/* No target took a dump: the log alone, to every target that can hold it. This line does not end the capture. */
static void write_log(struct buffer *out, const struct plan *plan, const struct target *target, struct error *e)
{
	write_mount(out, LOG_WAIT, target, e);
	buffer_print(out, "timeout %d dmesg-save", LOG_DEADLINE);
	if (plan->keep)
		buffer_print(out, " --keep %u", plan->keep);
	buffer_print(out, FROM);
	write_directory(out, plan, e);
	buffer_print(out, " && timeout %d umount /target\n", PLAN_MOUNT_DEADLINE);
}

static void (*const write_target[TARGET_ACCESSES])(struct buffer *out, const struct plan *plan,
						   const struct target *target, struct error *e) = {
	[TARGET_MOUNTED] = write_mounted,
	[TARGET_RAW] = write_raw,
};

static void write_modules(struct buffer *out, const struct string_list *modules, struct error *e)
{
	for (size_t i = 0; i < modules->count; i++) {
		char path[PLAN_TEXT];

		if (snprintf(path, sizeof(path), "/lib/modules/%s", modules->item[i]) >= (int)sizeof(path))
			error_set(e, ENAMETOOLONG, "%.64s...: the module's name is too long", modules->item[i]);
		buffer_print(out, "insmod ");
		script_word(out, path, e);
		buffer_print(out, "\n");
	}
}

/* Reads the script as init will: an error must show here, not after a crash. */
static int check(const struct buffer *out, struct error *e)
{
	struct script script = {.text = buffer_span(out)};
	struct script_line *line CLEANUP(free_ptr) = malloc(sizeof(*line));
	int status;

	if (!line)
		return error_set(e, ENOMEM, "out of memory");
	if (out->size > SCRIPT_MAX) {
		error_set(e, E2BIG, "the script would have %zu bytes; init reads at most %d", out->size, SCRIPT_MAX);
		return error_hint(e, "leave out modules, volumes, targets or hooks: each takes a line or more of it");
	}
	while ((status = script_next(&script, line, e)) > 0)
		;
	return status < 0 ? error_context(e, "init would not understand the script") : 0;
}

int script_write(struct buffer *out, const struct plan *plan, const struct string_list *modules, struct error *e)
{
	e->code = 0;
	write_head(out, plan);
	write_deadlines(out, plan, modules->count + script_volumes_time(plan));
	write_modules(out, modules, e);
	script_write_volumes(out, plan, e);
	write_pre(out, plan, e);
	for (size_t i = 0; i < plan->nr_targets; i++)
		write_target[plan->targets[i].kind->access](out, plan, &plan->targets[i], e);
	for (size_t i = 0; i < plan->nr_targets; i++)
		if (has_log_line(plan, &plan->targets[i]))
			write_log(out, plan, &plan->targets[i], e);
	/* To where the next kernel finds it, if this one has the driver and the memory for it; and out. */
	buffer_print(out, "timeout %d dmesg-save /proc/vmcore /dev/pmsg0\n", PSTORE_DEADLINE);
	buffer_print(out, "timeout %d dmesg-save /proc/vmcore /dev/console\n", LOG_DEADLINE);
	write_post(out, plan, "1", "\n", e);
	buffer_print(out, "%s\n", action_name(plan->failure));
	return e->code ? -e->code : buffer_check(out, e) < 0 ? -e->code : check(out, e);
}
