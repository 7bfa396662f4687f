/* The capture script's parser: any bytes, with a variable of every awkward kind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/capture_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *lookup(void *context, const char *name)
{
	(void)context;
	return name[0] == 'A' ? " a  b " : name[0] == 'B' ? "" : name[0] == 'C' ? "'\"$A\\*" : NULL;
}

/* What the parser promises of a line: words that end, and lie inside the line's own bytes. */
static void check(const struct script_line *line)
{
	if (line->kind == SCRIPT_ASSIGNMENT) {
		if (strlen(line->name) + strlen(line->value) >= SCRIPT_BYTES)
			abort();
		return;
	}
	for (size_t i = 0; i < line->count; i++) {
		const struct script_command *c = &line->commands[i];

		if (c->argc < 1 || c->argv[c->argc])
			abort();
		for (int k = 0; k < c->argc; k++)
			if (c->argv[k] < line->bytes || c->argv[k] + strlen(c->argv[k]) >= line->bytes + SCRIPT_BYTES)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct script_line line;
	struct script script = {.text = span_of(data, size), .lookup = lookup};
	size_t before = 0, calls = 0;
	struct error e;
	int result;

	while ((result = script_next(&script, &line, &e)) != 0) {
		if (result > 0)
			check(&line);
		/* It goes on in every call, and ends. */
		if (script.offset < before || ++calls > size + 1)
			abort();
		before = script.offset;
	}
	return 0;
}
