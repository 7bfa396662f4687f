/* dmesg-save: the crashed kernel's log as text. */
#include <signal.h>
#include <stdio.h>

#include "applet.h"
#include "base/cleanup.h"
#include "dump/save.h"
#include "dump/vmcore.h"

static const struct option options[] = {
	{'f', NULL, NULL, "replace a file that is there"},
	{0},
};

static int save_from(const char *from, const char *to, bool replace, struct error *e)
{
	struct source *source CLEANUP(vmcore_closep) = NULL;
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	struct save_options plain = {.replace = replace};
	struct kernel kernel;
	uint64_t records, damaged;
	struct applet_log log;
	int r;

	applet_log_init(&log, &applet_dmesg_save, LOG_WARN);
	r = vmcore_open(from, &log.log, &source, e);
	if (r < 0)
		return r;
	r = kernel_init(&kernel, source, e);
	if (r == 0)
		r = save_open_target(to, &plain, &sink, e);
	if (r == 0)
		r = save_log(&kernel, sink, &records, &damaged, e);
	if (r == 0 && damaged)
		log_line(&log.log, LOG_WARN, "%llu records of the log are damaged and left out",
			 (unsigned long long)damaged);
	kernel_deinit(&kernel);
	return r;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	const char *operands[2] = {"/proc/vmcore", "-"};
	bool replace = false;
	size_t n = 0;
	struct error e;
	int id;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id == OPTION_HELP)
			return applet_help(&applet_dmesg_save);
		if (id == 'f')
			replace = true;
		else if (id != OPTION_OPERAND)
			return applet_usage_error(&applet_dmesg_save, &e);
		else if (n == 2)
			return applet_usage(&applet_dmesg_save, "one SOURCE and one DEST are enough; what is '%s'?",
					    o.value);
		else
			operands[n++] = o.value;
	}
	signal(SIGPIPE, SIG_IGN);
	if (save_from(operands[0], operands[1], replace, &e) < 0)
		return applet_error(&applet_dmesg_save, &e);
	return STATUS_DONE;
}

const struct applet applet_dmesg_save = {
	.name = "dmesg-save",
	.usage = "[-f] [SOURCE] [DEST]",
	.help = "Writes the crashed kernel's log as text, from SOURCE (default /proc/vmcore) to DEST: a file, a\n"
		"character device such as /dev/console, or '-' for standard output (the default).",
	.options = options,
	.run = run,
};
