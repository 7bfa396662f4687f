#include "unit/test.h"

#include <string.h>

#include "base/options.h"

static const struct option table[] = {
	{'d', "level", "LEVEL", "a level"},
	{'E', NULL, NULL, "a switch"},
	{'F', "flat", NULL, "another"},
	{256, "long-only", NULL, "no letter"},
	{0},
};

/* Parses a line of words and writes what came into a text: id=value for each. */
static const char *parse(const char *line, char *out)
{
	char words[256], *argv[16] = {"test"};
	struct options o = {.argc = 1, .argv = argv};
	struct error e = {.code = 0};
	int id;

	strcpy(words, line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[o.argc++] = w;
	out[0] = 0;
	while ((id = options_next(&o, table, &e)) != 0) {
		if (id < 0 && id != OPTION_OPERAND && id != OPTION_HELP)
			return strcpy(out, e.text);
		if (id == OPTION_OPERAND)
			strcat(out, "operand");
		else if (id == OPTION_HELP)
			strcat(out, "help");
		else if (id == 256)
			strcat(out, "long-only");
		else
			strncat(out, (char[]){(char)id, 0}, 1);
		if (o.value)
			strcat(strcat(out, "="), o.value);
		o.value = NULL;
		strcat(out, ";");
	}
	return out;
}

static void forms(struct test *t)
{
	char out[512];

	CHECK_STR(t, parse("-d 31 a b", out), "d=31;operand=a;operand=b;");
	CHECK_STR(t, parse("-d31 -EFd 7", out), "d=31;E;F;d=7;");
	CHECK_STR(t, parse("--level=31 --level 7 --flat", out), "d=31;d=7;F;");
	CHECK_STR(t, parse("a -E - -- -F", out), "operand=a;E;operand=-;operand=-F;");
	CHECK_STR(t, parse("--long-only --help", out), "long-only;help;");
	CHECK_STR(t, parse("", out), "");
}

static void errors(struct test *t)
{
	char out[512];

	CHECK_STR(t, parse("-x", out), "unknown option -x");
	CHECK_STR(t, parse("--nothing=1", out), "unknown option --nothing");
	CHECK_STR(t, parse("-d", out), "option -d needs an argument: LEVEL");
	CHECK_STR(t, parse("--level", out), "option --level needs an argument: LEVEL");
	CHECK_STR(t, parse("--flat=1", out), "option --flat takes no argument");
	CHECK_STR(t, parse("--fla", out), "unknown option --fla");
}

void suite_options(struct test *t)
{
	test_run(t, "each form of an option", forms);
	test_run(t, "what is wrong is named", errors);
}
