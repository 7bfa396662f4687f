/*
 * Hardware watchdogs (Linux's watchdog-api): they reset the machine unless fed in time.
 */
#ifndef SYS_WATCHDOG_H
#define SYS_WATCHDOG_H

#include "base/error.h"

struct watchdog {
	int fd;
	unsigned timeout;  /* the driver's, in seconds; 0: unknown */
	char identity[33]; /* the driver's name for it */
};

/*
 * Opens a watchdog, which starts it, and requests a timeout in seconds; the driver may choose another. Returns 0 or a
 * negative errno: -EBUSY if another process has it. The descriptor is the caller's; closing it does not stop the
 * watchdog.
 */
int watchdog_open(const char *path, unsigned seconds, struct watchdog *watchdog, struct error *e);

/* Restarts its timeout. Only system calls: a signal handler may call it. */
void watchdog_feed(int fd);

/* Stops it, if the driver allows that, and closes it: *fd is then -1. For a machine that must stay halted. */
void watchdog_disarm(int *fd);

#endif
