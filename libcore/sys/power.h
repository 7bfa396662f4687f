/*
 * The end: a reboot that happens also where something is stuck.
 */
#ifndef SYS_POWER_H
#define SYS_POWER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"

enum power {
	POWER_REBOOT,
	POWER_OFF,
	POWER_HALT,
};

/* "rebooting", "powering off", "halting": for a last line. */
const char *power_doing(enum power action);

/* Whether this kernel was started by a crash: /proc/vmcore exists. */
bool power_is_capture_kernel(void);

/*
 * sync, reboot(2) (drivers can hang in it), and sysrq's b or o (which asks no driver), each in a child that is given 20
 * seconds. Returns only when all of them failed, with a negative errno.
 * log (or NULL) takes a line for each step that went wrong.
 */
int power_down(enum power action, const struct log *log, struct error *e);

/* power_down as a command: without force only in a capture kernel, so that no one takes down a running machine by
 * mistake (-EPERM). Returns as power_down. */
int power_by_hand(enum power action, bool force, const struct log *log, struct error *e);

/*
 * reboot(2) in a child that is given 20 seconds, and sysrq's b, without a sync: nothing but system calls, for a handler
 * of a fatal signal. Returns if neither worked.
 */
void power_reboot_now(void);

#endif
