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
			return applet_help(&applet_reboot);
		if (id == OPTION_OPERAND)
			return applet_usage(&applet_reboot, "unexpected argument '%s'", o.value);
		if (id < 0)
			return applet_usage_error(&applet_reboot, &e);
		force = true;
	}
	applet_log_init(&log, &applet_reboot, LOG_NOTE);
	power_by_hand(POWER_REBOOT, force, &log.log, &e);
	return applet_error(&applet_reboot, &e);
}

const struct applet applet_reboot = {
	.name = "reboot",
	.usage = "[-f]",
	.help = "Reboots the machine at once: sync, the system call, and then sysrq's b; each has its deadline, and\n"
		"nothing is shut down in order. Without -f it does so only in a capture environment, where "
		"/proc/vmcore is.",
	.options = options,
	.run = run,
};
