/*
 * The multicall binary: finds the applet by the name it was called by, or by its first argument.
 */
#include "applet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct applet *const applets[] = {
#define APPLET(symbol) &applet_##symbol,
#include "applets.def"
#undef APPLET
};

#define NR_APPLETS (sizeof(applets) / sizeof(applets[0]))

const struct applet *applet_find(const char *name)
{
	for (size_t i = 0; i < NR_APPLETS; i++)
		if (strcmp(applets[i]->name, name) == 0)
			return applets[i];
	return NULL;
}

char *applet_last_words;
volatile uint64_t *applet_moved;

static void remember(const struct applet *applet, const struct error *e)
{
	if (applet_last_words)
		snprintf(applet_last_words, APPLET_WORDS, "%s: %.*s", applet->name, (int)strcspn(e->text, "\n"),
			 e->text);
}

int applet_error(const struct applet *applet, const struct error *e)
{
	remember(applet, e);
	fprintf(stderr, "%s: %s\n", applet->name, e->text);
	return STATUS_FAILED;
}

static void print_usage(const struct applet *applet, FILE *out)
{
	fprintf(out, "usage: %s%s%s\n", applet->name, applet->usage[0] ? " " : "", applet->usage);
}

int applet_usage_error(const struct applet *applet, const struct error *e)
{
	remember(applet, e);
	fprintf(stderr, "%s: %s\n", applet->name, e->text);
	print_usage(applet, stderr);
	fprintf(stderr, "Try '%s --help'.\n", applet->name);
	return STATUS_USAGE;
}

int applet_usage(const struct applet *applet, const char *fmt, ...)
{
	struct error e = {.code = 0};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	return applet_usage_error(applet, &e);
}

int applet_help(const struct applet *applet)
{
	char form[OPTION_FORM];

	print_usage(applet, stdout);
	printf("\n%s\n\nOptions:\n", applet->help);
	for (const struct option *option = applet->options; option && option->id; option++)
		printf("  %-24s %s\n", option_form(option, form), option->help);
	printf("  %-24s %s\n", "    --help", "print this help");
	return STATUS_DONE;
}

static void print_log_line(void *context, enum log_level level, const char *text)
{
	const struct applet_log *log = context;

	if (level <= log->most)
		fprintf(stderr, "%s: %s%s\n", log->applet->name, level == LOG_WARN ? "warning: " : "", text);
}

void applet_log_init(struct applet_log *log, const struct applet *applet, enum log_level most)
{
	*log = (struct applet_log){.applet = applet, .most = most};
	log->log = (struct log){.line = print_log_line, .context = log};
}

int applet_run(const struct applet *applet, int argc, char **argv)
{
	int status;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		status = applet_help(applet);
	else
		status = applet->run(argc, argv);
	if (fflush(stdout) != 0 && status == STATUS_DONE) {
		fprintf(stderr, "%s: writing to standard output: %m\n", applet->name);
		status = STATUS_FAILED;
	}
	return status;
}

static int list_applets(FILE *out)
{
	fprintf(out,
		"crashbox %s: a capture environment for Linux kernel crashes, in one binary\n\n"
		"usage: crashbox APPLET [ARGUMENT]...\n"
		"   or: APPLET [ARGUMENT]...   by a link of that name\n"
		"   or: crashbox APPLET --help\n\nApplets:\n",
		CRASHBOX_VERSION);
	for (size_t i = 0; i < NR_APPLETS; i++)
		fprintf(out, "  %-12s %s\n", applets[i]->name, applets[i]->usage);
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = argc < 1 ? "crashbox" : slash ? slash + 1 : argv[0];
	const struct applet *applet = applet_find(name);

	if (applet)
		return applet_run(applet, argc, argv);
	if (argc < 2) {
		list_applets(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0)
		return list_applets(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		printf("crashbox %s\n", CRASHBOX_VERSION);
		return STATUS_DONE;
	}
	applet = applet_find(argv[1]);
	if (!applet) {
		fprintf(stderr, "crashbox: no applet is called '%s'; 'crashbox --help' lists them\n", argv[1]);
		return STATUS_USAGE;
	}
	return applet_run(applet, argc - 1, argv + 1);
}
