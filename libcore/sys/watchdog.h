/*
 * Hardware watchdogs, as Linux's watchdog-api has them: they reset the machine when nothing feeds them in
 * time.
 */
#ifndef SYS_WATCHDOG_H
#define SYS_WATCHDOG_H

#include "base/error.h"

struct watchdog {
	int fd;
	unsigned timeout;  /* seconds, as the driver has it; 0: it does not tell */
	char identity[33]; /* the driver's name for it */
};

/*
 * Opens a watchdog, which starts it, and asks for a timeout in seconds; the driver may take another. Returns 0 or a
 * negative errno: -EBUSY where another process has it. The descriptor is the caller's; closing it does not stop the
 * watchdog.
 */
int watchdog_open(const char *path, unsigned seconds, struct watchdog *watchdog, struct error *e);

/* Restarts its timeout. Only system calls: a signal handler may call it. */
void watchdog_feed(int fd);

/* Stops it, where the driver lets it be stopped, and closes it: *fd is -1 then. For a machine that must stay halted. */
void watchdog_disarm(int *fd);

#endif
