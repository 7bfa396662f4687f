#include "shared/power_applet.h"

static int run(int argc, char **argv)
{
	return power_applet_run(POWER_HALT, argc, argv);
}

const struct applet applet_halt = {
	.name = "halt",
	.usage = "[-f]",
	.help = "Halts the machine at once: sync and the system call; each has a deadline, and\n"
		"nothing is shut down in an orderly way. Without -f only in a capture environment, where "
		"/proc/vmcore exists.",
	.options = power_applet_options,
	.run = run,
};
