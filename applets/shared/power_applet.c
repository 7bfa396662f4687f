/* reboot, poweroff and halt: one command line, three actions. */
#include "applet.h"

#include <stdbool.h>
#include <stddef.h>

#include "sys/power.h"

static const struct option options[] = {
	{'f', "force", NULL, "also on a machine that was not started by a crash"},
	{0},
};

/* Returns only after a failure. */
static int run(enum power action, int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	struct applet_log log;
	bool force = false;
	int id;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		if (id == OPTION_OPERAND)
			return applet_usage("unexpected argument '%s'", o.value);
		force = true;
	}
	applet_log_init(&log, LOG_NOTE);
	power_by_hand(action, force, &log.log, &e);
	return applet_error(&e);
}

static int run_reboot(int argc, char **argv)
{
	return run(POWER_REBOOT, argc, argv);
}

static int run_poweroff(int argc, char **argv)
{
	return run(POWER_OFF, argc, argv);
}

static int run_halt(int argc, char **argv)
{
	return run(POWER_HALT, argc, argv);
}

#define LIMITS                                                                                                         \
	"each has a deadline, and\nnothing is shut down in an orderly way. Without -f only in a capture environment, " \
	"where /proc/vmcore exists."

const struct applet applet_reboot = {
	.name = "reboot",
	.usage = "[-f]",
	.help = "Reboots the machine at once: sync, the system call, and then sysrq's b; " LIMITS,
	.options = options,
	.run = run_reboot,
};

const struct applet applet_poweroff = {
	.name = "poweroff",
	.usage = "[-f]",
	.help = "Switches the machine off at once: sync, the system call, and then sysrq's o; " LIMITS,
	.options = options,
	.run = run_poweroff,
};

const struct applet applet_halt = {
	.name = "halt",
	.usage = "[-f]",
	.help = "Halts the machine at once: sync and the system call; " LIMITS,
	.options = options,
	.run = run_halt,
};
