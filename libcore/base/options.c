#include "base/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An option's argument is what is left of its word, or the next word. */
static int take_value(struct options *o, const struct option *option, const char *attached, const char *shown,
		      struct error *e)
{
	o->value = NULL;
	if (!option->arg) {
		if (attached)
			return error_set(e, EINVAL, "option %s takes no argument", shown);
		return option->id;
	}
	if (!attached) {
		if (o->index >= o->argc)
			return error_set(e, EINVAL, "option %s needs an argument: %s", shown, option->arg);
		attached = o->argv[o->index++];
	}
	o->value = attached;
	return option->id;
}

static int next_long(struct options *o, const struct option *table, const char *word, struct error *e)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	char shown[64];

	if (length == 4 && memcmp(word, "help", 4) == 0 && !equals)
		return OPTION_HELP;
	for (const struct option *option = table; option && option->id; option++) {
		if (!option->name || strlen(option->name) != length || memcmp(option->name, word, length) != 0)
			continue;
		snprintf(shown, sizeof(shown), "--%s", option->name);
		return take_value(o, option, equals ? equals + 1 : NULL, shown, e);
	}
	return error_set(e, EINVAL, "unknown option --%.*s", (int)length, word);
}

static int next_short(struct options *o, const struct option *table, struct error *e)
{
	char letter = *o->rest++;
	char shown[3] = {'-', letter, 0};
	const char *rest = *o->rest ? o->rest : NULL;

	for (const struct option *option = table; option && option->id; option++) {
		if (option->id != letter)
			continue;
		o->rest = option->arg ? NULL : rest;
		return take_value(o, option, option->arg ? rest : NULL, shown, e);
	}
	return error_set(e, EINVAL, "unknown option %s", shown);
}

int options_next(struct options *o, const struct option *table, struct error *e)
{
	const char *word;

	if (o->rest)
		return next_short(o, table, e);
	if (o->index == 0)
		o->index = 1;
	if (o->index >= o->argc)
		return 0;
	word = o->argv[o->index++];
	if (!o->no_more && strcmp(word, "--") == 0) {
		o->no_more = 1;
		return options_next(o, table, e);
	}
	if (o->no_more || word[0] != '-' || word[1] == 0) {
		o->value = word;
		return OPTION_OPERAND;
	}
	if (word[1] == '-')
		return next_long(o, table, word + 2, e);
	o->rest = word + 1;
	return next_short(o, table, e);
}

const char *option_form(const struct option *option, char form[OPTION_FORM])
{
	size_t used = 0;

	form[0] = 0;
	if (option->id < 256)
		used += (size_t)snprintf(form, OPTION_FORM, "-%c", option->id);
	if (option->name)
		used += (size_t)snprintf(form + used, OPTION_FORM - used, "%s--%s", used ? ", " : "    ", option->name);
	if (option->arg && used < OPTION_FORM)
		snprintf(form + used, OPTION_FORM - used, "%s%s", option->name ? "=" : " ", option->arg);
	return form;
}

long number_parse(const char *text, long max)
{
	char *end;
	long n;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	return *end || errno || n > max ? -1 : n;
}
