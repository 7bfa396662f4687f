/*
 * mkcaptureinitrd: makes the image that a capture kernel boots, from a configuration in kdump.conf's dialect.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#include "build.h"
#include "show_config.h"

static void print_line(void *context, enum log_level level, const char *text)
{
	(void)context;
	if (level <= LOG_NOTE)
		fprintf(stderr, "mkcaptureinitrd: %s%s\n", level == LOG_NOTE ? "note: " : "warning: ", text);
}

static int print_cmdline(struct build *build, struct error *e)
{
	struct buffer line CLEANUP(buffer_deinit) = {0};

	if (build_cmdline(build, &line, e) < 0)
		return -e->code;
	if (!build->request->kernel)
		log_line(&build->log, LOG_NOTE, "without -k the words that depend on the kernel are left out");
	if (!strstr(buffer_text(&line), "console="))
		log_line(&build->log, LOG_NOTE,
			 "the capture will be seen on the default console only; for a serial one: "
			 "cmdline_append console=ttyS0,115200");
	printf("%s\n", buffer_text(&line));
	return 0;
}

static int print_config(struct build *build, struct error *e)
{
	struct buffer text CLEANUP(buffer_deinit) = {0};

	if (show_config(&text, &build->plan, e) < 0)
		return -e->code;
	fputs(buffer_text(&text), stdout);
	return 0;
}

static int run(struct build *build, struct error *e)
{
	const struct request *request = build->request;

	if (build_read(build, e) < 0)
		return -e->code;
	/* What is asked for on standard output stands there alone. */
	if (request->out && build_image(build, request->print == PRINT_NOTHING ? stdout : stderr, e) < 0)
		return -e->code;
	switch (request->print) {
	case PRINT_NOTHING:
		return 0;
	case PRINT_SCRIPT:
		fputs(buffer_text(&build->script), stdout);
		return 0;
	case PRINT_CMDLINE:
		return print_cmdline(build, e);
	case PRINT_CONFIG:
		return print_config(build, e);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct request request = {0};
	struct build build = {.request = &request, .log = {.line = print_line}};
	struct error e = {.code = 0};
	int status = request_parse(&request, argc, argv);

	if (status == STATUS_DONE && run(&build, &e) < 0) {
		fprintf(stderr, "mkcaptureinitrd: %s\n", e.text);
		status = STATUS_FAILED;
	}
	build_deinit(&build);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status <= 0) {
		fprintf(stderr, "mkcaptureinitrd: writing to standard output: %m\n");
		status = STATUS_FAILED;
	}
	return status < 0 ? STATUS_DONE : status;
}
