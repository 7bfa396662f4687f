/*
 * Configurations: whatever is taken becomes a script that init understands, and that says the same words: nothing in a
 * configuration turns into a command.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/script.h"
#include "dialect.h"
#include "plan.h"
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One line of the script for a target: five commands, with the device and the path as they are in the plan. */
static void check_target(const struct plan *plan, const struct script_line *line, size_t number)
{
	const struct script_command *wait = &line->commands[0], *mount = &line->commands[1], *dump = &line->commands[2];
	const char *device = plan->targets[number].device, *path = dump->argv[dump->argc - 1];
	size_t length = strlen(plan->path);

	if (line->count != 5 || wait->argc != 4 || strcmp(wait->argv[3], device) != 0 || mount->argc != 7 ||
	    strcmp(mount->argv[5], device) != 0)
		abort();
	if (strncmp(path, "/target", 7) != 0 || strncmp(path + 7, plan->path, length) != 0 ||
	    strcmp(path + 7 + length, "/") != 0)
		abort();
}

static void check_script(const struct plan *plan, const struct buffer *text)
{
	struct script script = {.text = span_of(text->data, text->size)};
	static struct script_line line;
	struct error e;
	size_t lists = 0;

	while (script_next(&script, &line, &e) > 0) {
		if (line.kind != SCRIPT_LIST)
			continue;
		if (lists < plan->nr_targets)
			check_target(plan, &line, lists);
		lists++;
	}
	/* Behind the targets: the log on the console, and the last word. */
	if (lists != plan->nr_targets + 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct names none;
	static struct plan plan;
	struct buffer text = {0};
	struct error e;

	if (plan_init(&plan, &dialect_kdump, span_of(data, size), "f", NULL, &e) == 0) {
		if (script_write(&text, &plan, &none, &e) < 0)
			abort();
		check_script(&plan, &text);
	}
	plan_deinit(&plan);
	buffer_deinit(&text);
	return 0;
}
