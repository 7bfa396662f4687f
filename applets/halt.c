#include <stdbool.h>
#include <stddef.h>

#include "applet.h"
#include "sys/power.h"

static const struct option options[] = {
	{'f', "force", NULL, "also on a machine that no crash has started"},
	{0},
};

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	struct applet_log log;
	bool force = false;
	int id;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id == OPTION_HELP)
			return applet_help(&applet_halt);
		if (id == OPTION_OPERAND)
			return applet_usage(&applet_halt, "unexpected argument '%s'", o.value);
		if (id < 0)
			return applet_usage_error(&applet_halt, &e);
		force = true;
	}
	applet_log_init(&log, &applet_halt, LOG_NOTE);
	power_by_hand(POWER_HALT, force, &log.log, &e);
	return applet_error(&applet_halt, &e);
}

const struct applet applet_halt = {
	.name = "halt",
	.usage = "[-f]",
	.help = "Halts the machine at once: sync and the system call; each has its deadline, and\n"
		"nothing is shut down in order. Without -f it does so only in a capture environment, where "
		"/proc/vmcore is.",
	.options = options,
	.run = run,
};
