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
			return applet_help(&applet_poweroff);
		if (id == OPTION_OPERAND)
			return applet_usage(&applet_poweroff, "unexpected argument '%s'", o.value);
		if (id < 0)
			return applet_usage_error(&applet_poweroff, &e);
		force = true;
	}
	applet_log_init(&log, &applet_poweroff, LOG_NOTE);
	power_by_hand(POWER_OFF, force, &log.log, &e);
	return applet_error(&applet_poweroff, &e);
}

const struct applet applet_poweroff = {
	.name = "poweroff",
	.usage = "[-f]",
	.help = "Switches the machine off at once: sync, the system call, and then sysrq's o; each has its deadline, "
		"and\n"
		"nothing is shut down in order. Without -f it does so only in a capture environment, where "
		"/proc/vmcore is.",
	.options = options,
	.run = run,
};
