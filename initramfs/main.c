/*
 * mkcaptureinitrd: makes the image that a capture kernel boots, from the builder's configuration.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#include "build.h"
#include "kernel/config_check.h"
#include "image/image_list.h"
#include "budget/budget_report.h"
#include "plan/show_config.h"
#include "build_summary.h"

static void print_line(void *context, enum log_level level, const char *text)
{
	(void)context;
	if (level <= LOG_NOTE)
		fprintf(stderr, "mkcaptureinitrd: %s%s\n", level == LOG_NOTE ? "note: " : "warning: ", text);
}

static int say_error(const struct error *e)
{
	fprintf(stderr, "mkcaptureinitrd: %s\n", e->text);
	return STATUS_FAILED;
}

/* --- commands that make no image ---------------------------------------------------------------------------------- */

/* If the image is damaged, prints what was read before the damage. */
static int print_list(const char *path)
{
	struct buffer text CLEANUP(buffer_deinit) = {0};
	struct error e;
	int status = image_list(&text, path, &e);

	fputs(buffer_text(&text), stdout);
	fflush(stdout);
	return status < 0 ? say_error(&e) : STATUS_DONE;
}

/* Returns STATUS_FAILED if something required is missing. */
static int check_config(const struct request *request)
{
	struct buffer text CLEANUP(buffer_deinit) = {0};
	struct error e;
	int missing = config_check_report(&text, request->operand, request->role, NULL, &e);

	if (missing < 0)
		return say_error(&e);
	fputs(buffer_text(&text), stdout);
	return missing ? STATUS_FAILED : STATUS_DONE;
}

/* --- images, and output about them -------------------------------------------------------------------------------- */

static int print_cmdline(struct build *build, struct buffer *text, struct error *e)
{
	const struct request *request = build->request;

	if (build_cmdline(build, text, request->why, e) < 0)
		return -e->code;
	if (!request->why)
		buffer_print(text, "\n");
	if (!request->kernel)
		log_line(&build->log, LOG_NOTE, "without -k, words that depend on the kernel are left out");
	if (!strstr(buffer_text(text), "console="))
		log_line(&build->log, LOG_NOTE,
			 "the capture writes to the default console only; for a serial console: "
			 "cmdline_append console=ttyS0,115200");
	return 0;
}

/* People paste this output into bug reports. */
static void warn_of_printed_keys(const struct build *build)
{
	if (plan_has_key(&build->plan))
		log_line(&build->log, LOG_WARN, "the output contains the keys of encrypted devices: keep it secret");
}

/* Makes the text that the request wants on standard output. */
static int make_text(struct build *build, struct buffer *text, struct error *e)
{
	switch (build->request->print) {
	case PRINT_SCRIPT:
		warn_of_printed_keys(build);
		buffer_add(text, build->script.data, build->script.size);
		break;
	case PRINT_CMDLINE:
		return print_cmdline(build, text, e);
	case PRINT_CONFIG:
		warn_of_printed_keys(build);
		return show_config(text, &build->plan, e);
	case PRINT_REPORT:
		budget_report_print(text, &build->budget);
		break;
	case PRINT_JSON:
		budget_report_json(text, &build->budget);
		break;
	case PRINT_MINIMUM:
		budget_report_minimum(text, &build->budget);
		break;
	default:
		break;
	}
	return buffer_check(text, e);
}

/* An image that does not fit is not written, so that nobody flashes it. */
static int over_budget(const struct build *build, const struct buffer *printed)
{
	struct buffer report CLEANUP(buffer_deinit) = {0};
	bool shown = build->request->print == PRINT_REPORT || build->request->print == PRINT_JSON;

	if (!shown) {
		budget_report_print(&report, &build->budget);
		fputs(buffer_text(&report), stderr);
	}
	fputs(buffer_text(printed), stdout);
	fprintf(stderr, "mkcaptureinitrd: over budget: the capture does not fit into crashkernel=%s%s\n",
		build->request->crashkernel, build->request->out ? "; no image was written" : "");
	return STATUS_OVER_BUDGET;
}

static int run(struct build *build, struct error *e)
{
	const struct request *request = build->request;
	struct buffer text CLEANUP(buffer_deinit) = {0};

	if (build_read(build, e) < 0 || ((request->out || request_asks_budget(request)) && build_pack(build, e) < 0) ||
	    make_text(build, &text, e) < 0)
		return say_error(e);
	if (request->crashkernel && !build->budget.fits)
		return over_budget(build, &text);
	if (request->out && build_write(build, e) < 0)
		return say_error(e);
	/* Standard output carries the requested text alone. */
	if (request->out)
		build_summary_print(request->print == PRINT_NOTHING ? stdout : stderr, build);
	fputs(buffer_text(&text), stdout);
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	struct request request = {.print = PRINT_NOTHING};
	struct build build = {.request = &request, .log = {.line = print_line}};
	struct error e = {.code = 0};
	int status = request_parse(&request, argc, argv);

	if (status == STATUS_DONE && request.print == PRINT_LIST)
		status = print_list(request.operand);
	else if (status == STATUS_DONE && request.print == PRINT_CHECK_CONFIG)
		status = check_config(&request);
	else if (status == STATUS_DONE)
		status = run(&build, &e);
	build_deinit(&build);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status <= 0) {
		fprintf(stderr, "mkcaptureinitrd: writing to standard output: %m\n");
		status = STATUS_FAILED;
	}
	return status < 0 ? STATUS_DONE : status;
}
