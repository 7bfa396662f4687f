/*
 * Runs the capture script on the live system, up to a write of 1 MiB to the target, to find what only a crash would
 * show otherwise. Only this process and its children see the mounts; another directory stands for the script's /target.
 */
#include "kdump/kdump_verbs.h"

#include <errno.h>
#include <sys/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "fmt/capture_script.h"
#include "kdump/kdump_rehearse_io.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/mounts.h"

enum {
	LONGEST_MS = 900 * 1000, /* for a command without a timeout, as a line in init */
	MOUNTS = 8,              /* that one line may leave */
	NOT_FOUND = 127,
};

/* --- variables --- */

/* The script's variables, then those on the capture kernel's command line. */
static const char *lookup(void *context, const char *name)
{
	struct rehearsal *r = context;
	size_t length = strlen(name);

	for (size_t i = r->nr_variables; i-- > 0;)
		if (strncmp(r->variables[i], name, length) == 0 && r->variables[i][length] == '=')
			return r->variables[i] + length + 1;
	return NULL;
}

static void set_variable(struct rehearsal *r, const char *name, size_t length, const char *value)
{
	if (r->nr_variables < REHEARSAL_VARIABLES)
		snprintf(r->variables[r->nr_variables++], sizeof(r->variables[0]), "%.*s=%s", (int)length, name, value);
}

static void take_cmdline(struct rehearsal *r)
{
	char line[sizeof(r->facts->info.cmdline)], *save = NULL;

	memcpy(line, r->facts->info.cmdline, sizeof(line));
	for (char *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		size_t length = strcspn(word, "=");

		/* Names with a dot are modules' parameters. */
		if (word[length] && !memchr(word, '.', length))
			set_variable(r, word, length, word + length + 1);
	}
}

/* --- one command --- */

struct call {
	const struct applet *applet;
	int argc;
	char **argv;
};

static int run_applet(void *context)
{
	struct call *call = context;

	return applet_run(call->applet, call->argc, call->argv);
}

/* Returns a status as in a shell, and notes why it is not 0. */
static int finish_call(struct rehearsal *r, int result)
{
	if (result == 0)
		return 0;
	if (result == -ETIMEDOUT)
		rehearsal_note(r, ": timed out");
	else if (applet_last_words && applet_last_words[0])
		rehearsal_note(r, ": %.*s", APPLET_WORDS - 1, applet_last_words);
	return result > 0 ? result : 124;
}

static int call_applet(struct rehearsal *r, int argc, char **argv, uint64_t ms)
{
	struct call call = {.applet = applet_find(argv[0]), .argc = argc, .argv = argv};

	return finish_call(r, child_call(run_applet, &call, ms));
}

/* Whether the image has a file that a command needs. */
static bool in_image(const struct rehearsal *r, const char *path)
{
	struct span ignored;

	return initrd_find(&r->facts->initrd, path + (*path == '/'), &ignored);
}

/* A program that the builder added is not run: it could do anything to this machine. */
static int name_program(struct rehearsal *r, const char *name)
{
	static const char *const dirs[] = {"bin", "sbin", "usr/bin", "usr/sbin"};
	bool found = strchr(name, '/') && in_image(r, name);
	char path[KDUMP_PATH];

	for (size_t i = 0; !found && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		found = in_image(r, path);
	}
	rehearsal_note(r, found ? " (in the image; not run)" : ": not in the image");
	return found ? 0 : NOT_FOUND;
}

static int run_command(struct rehearsal *r, int argc, char **argv, uint64_t ms);

/* timeout [-s SIGNAL] [-k TIME] TIME COMMAND: the same deadline, here. */
static int run_timeout(struct rehearsal *r, int argc, char **argv)
{
	struct error e = {.code = 0};
	uint64_t ms;
	int i = 1;

	while (i < argc && argv[i][0] == '-')
		i += argv[i][1] && !argv[i][2] && argv[i][1] != '-' ? 2 : 1;
	if (i + 1 >= argc || duration_parse(argv[i], &ms, &e) < 0) {
		rehearsal_note(r, ": timeout: wrong usage");
		return 125;
	}
	return run_command(r, argc - i - 1, argv + i + 1, ms ? ms : LONGEST_MS);
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* Runs only commands that change nothing outside the namespace. */
static int run_command(struct rehearsal *r, int argc, char **argv, uint64_t ms)
{
	static const char *const as_it_is[] = {"wait-device", "mount", "umount", NULL};
	static const char *const ends[] = {"reboot", "poweroff", "halt", NULL};

	if (strcmp(argv[0], "timeout") == 0)
		return run_timeout(r, argc, argv);
	rehearsal_note(r, "%s%s", r->story[0] ? ", " : "", argv[0]);
	if (applet_last_words)
		applet_last_words[0] = 0;
	if (is_one_of(argv[0], as_it_is))
		return call_applet(r, argc, argv, ms);
	if (strcmp(argv[0], "insmod") == 0)
		return argc > 1 ? rehearse_module(r, argv[1], argc > 2 ? argv[2] : "") : STATUS_USAGE;
	if (strcmp(argv[0], "dump-save") == 0)
		return finish_call(r, rehearse_write(r, argv[argc - 1], ms));
	if (!applet_find(argv[0]))
		return name_program(r, argv[0]);
	rehearsal_note(r, is_one_of(argv[0], ends) ? " (not done)" : " (not run)");
	return 0;
}

/* --- one line --- */

/* The words of a command with another directory in place of /target. */
struct words {
	char *argv[SCRIPT_WORDS + 1];
	char bytes[SCRIPT_BYTES + SCRIPT_WORDS * REHEARSAL_DIR];
};

static void replace_target(struct words *w, const struct rehearsal *r, const struct script_command *c)
{
	size_t used = 0;

	for (int i = 0; i < c->argc; i++) {
		bool ours = strncmp(c->argv[i], "/target", 7) == 0 && (c->argv[i][7] == 0 || c->argv[i][7] == '/');

		w->argv[i] = w->bytes + used;
		used += 1 + (size_t)snprintf(w->bytes + used, sizeof(w->bytes) - used, "%s%s", ours ? r->dir : "",
					     c->argv[i] + (ours ? 7 : 0));
	}
	w->argv[c->argc] = NULL;
}

static int run_commands(struct rehearsal *r, const struct script_line *line)
{
	static struct words words;
	int status = 0;

	for (size_t i = 0; i < line->count; i++) {
		const struct script_command *c = &line->commands[i];

		if ((c->join == SCRIPT_AND && status) || (c->join == SCRIPT_OR && !status))
			continue;
		replace_target(&words, r, c);
		status = run_command(r, c->argc, words.argv, LONGEST_MS);
	}
	return status;
}

/* Unmounts what a line left mounted, as init does. */
static void unmount_all(const struct rehearsal *r)
{
	struct error ignored;

	for (int i = 0; i < MOUNTS && mounts_remove(r->dir, MNT_DETACH, &ignored) == 0; i++)
		;
}

static void run_line(struct rehearsal *r, const struct script_line *line)
{
	uint64_t start = clock_ms();
	int status;

	r->story[0] = 0;
	r->wrote = false;
	status = run_commands(r, line);
	unmount_all(r);
	printf("line %u: %s, %llu ms: %s\n", line->number, status ? "FAILED" : "ok",
	       (unsigned long long)(clock_ms() - start), r->story);
	fflush(stdout);
	if (!status && r->wrote && !r->saved_by)
		r->saved_by = line->number;
	r->failed += status != 0;
}

/* --- all of it --- */

static int run_script(struct rehearsal *r, struct error *e)
{
	static struct script_line line;
	struct script script = {.text = r->facts->script, .lookup = lookup, .context = r};
	int result;

	while ((result = script_next(&script, &line, e)) != 0) {
		if (result < 0) {
			/* As in init: the line counts as failed, and the script continues. */
			printf("%s\n", e->text);
			r->failed++;
		} else if (line.kind == SCRIPT_ASSIGNMENT) {
			set_variable(r, line.name, strlen(line.name), line.value);
		} else {
			run_line(r, &line);
		}
	}
	return 0;
}

static int set_up(struct rehearsal *r, struct error *e)
{
	struct mount_options whole = {.flags = MS_REC | MS_PRIVATE};

	if (r->facts->image_error.code) {
		*e = r->facts->image_error;
		return error_context(e, "%s", r->facts->image);
	}
	if (!r->facts->script.size)
		return error_set(e, ENOENT, "%s %s", r->facts->image,
				 r->facts->image_found ? "has no /etc/capture.sh" : "does not exist");
	kdump_make_run();
	snprintf(r->dir, sizeof(r->dir), KDUMP_RUN "/target");
	if (mkdir(r->dir, 0700) != 0 && errno != EEXIST)
		return error_errno(e, "making the directory %s", r->dir);
	if (unshare(CLONE_NEWNS) != 0)
		return error_errno(e, "creating a mount namespace");
	return mounts_add("none", "/", NULL, &whole, e);
}

static int say_verdict(const struct rehearsal *r)
{
	const char *s = r->failed == 1 ? "" : "s";

	if (!r->saved_by) {
		printf("rehearsal: A CRASH WOULD NOT BE SAVED: no line reached a target\n");
		return STATUS_FAILED;
	}
	printf("rehearsal: a crash would be saved by line %u", r->saved_by);
	if (r->failed)
		printf("; but %u line%s failed", r->failed, s);
	putchar('\n');
	return r->failed ? STATUS_DEGRADED : STATUS_DONE;
}

int kdump_rehearse(struct kdump_facts *facts)
{
	struct rehearsal r = {.facts = facts, .load_modules = facts->request->load_modules};
	struct error e = {.code = 0};
	int result;

	applet_last_words = mmap(NULL, APPLET_WORDS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (applet_last_words == MAP_FAILED)
		applet_last_words = NULL;
	take_cmdline(&r);
	result = set_up(&r, &e);
	if (result == 0)
		result = run_script(&r, &e);
	rmdir(r.dir);
	return result < 0 ? applet_error(&e) : say_verdict(&r);
}
