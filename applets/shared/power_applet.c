#include "shared/power_applet.h"

#include <stdbool.h>
#include <stddef.h>

const struct option power_applet_options[] = {
	{'f', "force", NULL, "also on a machine that was not started by a crash"},
	{0},
};

int power_applet_run(enum power action, int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	struct applet_log log;
	bool force = false;
	int id;

	while ((id = options_next(&o, power_applet_options, &e)) != 0) {
		if (id == OPTION_HELP)
			return applet_help();
		if (id == OPTION_OPERAND)
			return applet_usage("unexpected argument '%s'", o.value);
		if (id < 0)
			return applet_usage_error(&e);
		force = true;
	}
	applet_log_init(&log, LOG_NOTE);
	power_by_hand(action, force, &log.log, &e);
	return applet_error(&e);
}
