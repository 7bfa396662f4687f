#include "shared/power_applet.h"

static int run(int argc, char **argv)
{
	return power_applet_run(POWER_OFF, argc, argv);
}

const struct applet applet_poweroff = {
	.name = "poweroff",
	.usage = "[-f]",
	.help = "Switches the machine off at once: sync, the system call, and then sysrq's o; each has a deadline, "
		"and\n"
		"nothing is shut down in an orderly way. Without -f only in a capture environment, where "
		"/proc/vmcore exists.",
	.options = power_applet_options,
	.run = run,
};
