#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "sys/module.h"

static const struct option options[] = {{0}};

/* The parameters as the kernel wants them: one text, and quotes around a value that has blanks. */
static int join(char *text, size_t size, int count, char **words, struct error *e)
{
	size_t used = 0;

	text[0] = 0;
	for (int i = 0; i < count; i++) {
		const char *equals = strchr(words[i], '=');
		bool quote = equals && strchr(equals, ' ') && equals[1] != '"';
		int name = equals ? (int)(equals + 1 - words[i]) : (int)strlen(words[i]);
		int n = snprintf(text + used, size - used, "%s%.*s%s%s%s", i ? " " : "", name, words[i],
				 quote ? "\"" : "", words[i] + name, quote ? "\"" : "");

		if (n < 0 || used + (size_t)n >= size)
			return error_set(e, E2BIG, "more than %zu bytes of parameters", size - 1);
		used += (size_t)n;
	}
	return 0;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	char parameters[2048];
	int id = options_next(&o, options, &e);

	if (id == OPTION_HELP)
		return applet_help(&applet_insmod);
	if (id < 0 && id != OPTION_OPERAND)
		return applet_usage_error(&applet_insmod, &e);
	if (id == 0)
		return applet_usage(&applet_insmod, "load which file?");
	if (join(parameters, sizeof(parameters), argc - o.index, argv + o.index, &e) < 0 ||
	    module_load(o.value, parameters, &e) < 0)
		return applet_error(&applet_insmod, &e);
	return STATUS_DONE;
}

const struct applet applet_insmod = {
	.name = "insmod",
	.usage = "FILE [PARAMETER[=VALUE]]...",
	.help = "Loads the kernel module FILE (an uncompressed .ko). One that is already loaded is no error. "
		"Dependencies are the\n"
		"caller's to load before; mkcaptureinitrd writes them in their order.",
	.options = options,
	.run = run,
};
