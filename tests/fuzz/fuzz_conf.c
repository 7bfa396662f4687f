/*
 * Configurations: whatever is taken becomes a script that init understands, and that says the same words: nothing in a
 * configuration turns into a command.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/capture_script.h"
#include "dialect/dialect.h"
#include "plan/plan.h"
#include "script/script_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* A command is one that we write, or a hook of the plan's by its absolute name. */
static void check_command(const struct script_command *c)
{
	static const char *const first[] = {"wait-device", "timeout",  "insmod", "md-assemble", "dm-create",
					    "reboot",      "poweroff", "halt",   NULL};
	static const char *const timed[] = {"mount", "umount", "dump-save", "dmesg-save", NULL};
	int at = c->argc > 1 && strcmp(c->argv[1], "-i") == 0 ? 3 : 2;

	if (!one_of(c->argv[0], first))
		abort();
	if (strcmp(c->argv[0], "timeout") == 0 &&
	    (c->argc <= at || (!one_of(c->argv[at], timed) && c->argv[at][0] != '/')))
		abort();
}

static bool same_path(const struct plan *plan, const char *path)
{
	size_t length = strlen(plan->path);

	return strncmp(path, "/target", 7) == 0 && strncmp(path + 7, plan->path, length) == 0 &&
	       strcmp(path + 7 + length, "/") == 0;
}

/* A line that waits for a target's device has the device and the path as they are in the plan. */
static void check_target(const struct plan *plan, const struct script_line *line, size_t number)
{
	const struct script_command *wait = &line->commands[0], *mount = &line->commands[1];
	const struct target *target = &plan->targets[number];
	bool raw = target_is_raw(target);
	const struct script_command *dump = &line->commands[raw ? 1 : 2];

	if (line->count < (raw ? 2 : 4) || wait->argc != 4 || strcmp(wait->argv[3], target->device) != 0)
		abort();
	if (!raw &&
	    (mount->argc != (target->kind->mount_options[0] ? 9 : 7) ||
	     strcmp(mount->argv[mount->argc - 2], target->device) != 0 || !same_path(plan, dump->argv[dump->argc - 1])))
		abort();
	if (raw && strcmp(dump->argv[dump->argc - 1], target->device) != 0)
		abort();
}

/* The next target in turn, of those that a log can go to where the dumps' turn is over. */
static size_t next_target(const struct plan *plan, size_t number)
{
	while (number >= plan->nr_targets && number < 2 * plan->nr_targets &&
	       target_is_raw(&plan->targets[number - plan->nr_targets]))
		number++;
	return number;
}

static void check_script(const struct plan *plan, const struct buffer *text)
{
	struct script script = {.text = span_of(text->data, text->size)};
	static struct script_line line;
	const char *last = "";
	struct error e;
	size_t number = 0;

	while (script_next(&script, &line, &e) > 0) {
		if (line.kind != SCRIPT_LIST)
			continue;
		for (size_t i = 0; i < line.count; i++)
			check_command(&line.commands[i]);
		last = line.commands[0].argv[0];
		/* Volumes are waited for, too: with dm-create after that. */
		if (strcmp(last, "wait-device") != 0 || strcmp(line.commands[1].argv[0], "dm-create") == 0)
			continue;
		number = next_target(plan, number);
		if (number >= 2 * plan->nr_targets)
			abort();
		check_target(plan, &line, number++ % plan->nr_targets);
	}
	/* Every target has had its dump's turn, and the last word is the plan's. */
	if (number < plan->nr_targets || strcmp(last, action_name(plan->failure)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct string_list none;
	static struct plan plan;
	struct buffer text = {0};
	struct error e;

	if (plan_parse(&plan, &dialect_kdump, span_of(data, size), "f", NULL, &e) == 0) {
		/* A log alone cannot go to a raw device: the one thing that is refused here. */
		if (script_write(&text, &plan, &none, &e) == 0)
			check_script(&plan, &text);
		else if (!plan.log_only)
			abort();
	}
	plan_deinit(&plan);
	buffer_deinit(&text);
	return 0;
}
