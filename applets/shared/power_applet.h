/* What reboot, poweroff and halt have in common: their option, and going down. */
#ifndef APPLETS_SHARED_POWER_APPLET_H
#define APPLETS_SHARED_POWER_APPLET_H

#include "applet.h"
#include "sys/power.h"

extern const struct option power_applet_options[];

/* Parses the line and does it; comes back only where it failed. Returns an exit status. */
int power_applet_run(enum power action, int argc, char **argv);

#endif
