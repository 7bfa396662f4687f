/* The variables of the capture script, and the deadlines in them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/init_parts.h"
#include "sys/clock.h"

enum {
	NR_VARIABLES = 64,
	LINE_MS = 900 * 1000,     /* unless LINE_DEADLINE says otherwise */
	CAPTURE_MS = 3600 * 1000, /* unless CAPTURE_DEADLINE does */
};

static struct variable {
	char *name, *value;
} variables[NR_VARIABLES];
static size_t nr_variables;

static struct variable *find_variable(const char *name)
{
	for (size_t i = 0; i < nr_variables; i++)
		if (strcmp(variables[i].name, name) == 0)
			return &variables[i];
	return NULL;
}

const char *init_variable(void *context, const char *name)
{
	struct variable *v = find_variable(name);

	(void)context;
	return v ? v->value : getenv(name);
}

int init_set_variable(const char *name, const char *value, struct error *e)
{
	struct variable *v = find_variable(name);
	char *copy;

	if (!v && nr_variables == NR_VARIABLES)
		return error_set(e, E2BIG, "more than %d variables", NR_VARIABLES);
	copy = strdup(value);
	if (!v && copy && (variables[nr_variables].name = strdup(name)))
		v = &variables[nr_variables++];
	if (!v || !copy) {
		free(copy);
		return error_set(e, ENOMEM, "no memory for a variable");
	}
	free(v->value);
	v->value = copy;
	/* As in a shell: a variable of the environment changes there, too. */
	return getenv(name) ? setenv(name, value, 1) : 0;
}

uint64_t init_deadline(const char *name, uint64_t otherwise)
{
	const char *value = init_variable(NULL, name);
	uint64_t ms = otherwise;
	struct error e;

	if (value && duration_parse(value, &ms, &e) < 0)
		init_say("%s: %s: using %llu s", name, e.text, (unsigned long long)(otherwise / 1000));
	return ms;
}

uint64_t init_time_left(void)
{
	uint64_t line = init_deadline("LINE_DEADLINE", LINE_MS);
	uint64_t all = init_deadline("CAPTURE_DEADLINE", CAPTURE_MS), passed = clock_ms() - init.start;

	if (!all)
		return line;
	all = all > passed ? all - passed : 1;
	return line && line < all ? line : all;
}

bool init_expired(void)
{
	uint64_t all = init_deadline("CAPTURE_DEADLINE", CAPTURE_MS);

	return all && clock_ms() - init.start >= all;
}
