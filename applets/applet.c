/* For every applet: messages with the running applet's name, help, and finding applets by name. */
#include "applet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const struct applet *const *applet_table;

/* The one that runs in this process. */
static const struct applet *running;

const struct applet *applet_find(const char *name)
{
	for (const struct applet *const *applet = applet_table; *applet; applet++)
		if (strcmp((*applet)->name, name) == 0)
			return *applet;
	return NULL;
}

char *applet_last_words;
volatile uint64_t *applet_moved;

static void remember(const struct error *e)
{
	if (applet_last_words)
		snprintf(applet_last_words, APPLET_WORDS, "%s: %.*s", running->name, (int)strcspn(e->text, "\n"),
			 e->text);
}

/* In one call, so that lines of other processes do not mix with it. */
static void print_line(const char *text)
{
	fprintf(stderr, "%s: %s\n", running->name, text);
}

int applet_error(const struct error *e)
{
	remember(e);
	print_line(e->text);
	return STATUS_FAILED;
}

static void print_usage(FILE *out)
{
	fprintf(out, "usage: %s%s%s\n", running->name, running->usage[0] ? " " : "", running->usage);
}

int applet_usage_error(const struct error *e)
{
	applet_error(e);
	print_usage(stderr);
	fprintf(stderr, "Try '%s --help'.\n", running->name);
	return STATUS_USAGE;
}

int applet_usage(const char *fmt, ...)
{
	struct error e = {.code = 0};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	text_clean(e.text, false);
	return applet_usage_error(&e);
}

static int print_help(void)
{
	char form[OPTION_FORM];

	print_usage(stdout);
	printf("\n%s\n\nOptions:\n", running->help);
	for (const struct option *option = running->options; option && option->id; option++)
		printf("  %-24s %s\n", option_form(option, form), option->help);
	printf("  %-24s %s\n", "    --help", "print this help");
	return STATUS_DONE;
}

int applet_stop(int id, const struct error *e)
{
	return id == OPTION_HELP ? print_help() : applet_usage_error(e);
}

int applet_number(const char *option, const char *text, long min, long max, unsigned *number)
{
	long n = number_parse(text, max);

	if (n < min)
		return applet_usage("%s takes %ld to %ld, not '%s'", option, min, max, text);
	*number = (unsigned)n;
	return STATUS_DONE;
}

void applet_say(const char *fmt, ...)
{
	char text[6144]; /* kdump shows a command line */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(text, true);
	print_line(text);
}

static void print_log_line(void *context, enum log_level level, const char *text)
{
	const struct applet_log *log = context;

	if (level <= log->most)
		applet_say("%s%s", level == LOG_WARN ? "warning: " : "", text);
}

void applet_log_init(struct applet_log *log, enum log_level most)
{
	*log = (struct applet_log){.most = most};
	log->log = (struct log){.line = print_log_line, .context = log};
}

int applet_run(const struct applet *applet, int argc, char **argv)
{
	int status;

	running = applet;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		status = print_help();
	else
		status = applet->run(argc, argv);
	if (fflush(stdout) != 0 && status == STATUS_DONE) {
		applet_say("writing to standard output: %m");
		status = STATUS_FAILED;
	}
	return status;
}
