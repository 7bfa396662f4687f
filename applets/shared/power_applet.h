/* What reboot, poweroff and halt have in common. */
#ifndef APPLETS_SHARED_POWER_APPLET_H
#define APPLETS_SHARED_POWER_APPLET_H

#include "applet.h"
#include "sys/power.h"

extern const struct option power_applet_options[];

/* Parses the command line and goes down; returns only after a failure, with an exit status. */
int power_applet_run(enum power action, int argc, char **argv);

#endif
