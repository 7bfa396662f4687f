#include "shared/power_applet.h"

static int run(int argc, char **argv)
{
	return power_applet_run(POWER_REBOOT, argc, argv);
}

const struct applet applet_reboot = {
	.name = "reboot",
	.usage = "[-f]",
	.help = "Reboots the machine at once: sync, the system call, and then sysrq's b; each has a deadline, and\n"
		"nothing is shut down in an orderly way. Without -f only in a capture environment, where "
		"/proc/vmcore exists.",
	.options = power_applet_options,
	.run = run,
};
