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

/* Whether this kernel was started by a crash: /proc/vmcore is there. */
bool power_is_capture_kernel(void);

/*
 * sync in a child that is given 20 seconds, then reboot(2) in a child that is given 20 seconds (drivers can hang in
 * it), then sysrq's b (or o) in
 * one, too, which asks no driver. Returns only where all of that has failed, with a negative errno.
 * log (or NULL) takes a line for each step that went wrong.
 */
int power_down(enum power action, const struct log *log, struct error *e);

/* power_down for someone who asks by hand: without force only in a capture kernel, so that no one takes down a machine
 * at work by mistake (-EPERM). Returns as power_down. */
int power_by_hand(enum power action, bool force, const struct log *log, struct error *e);

/*
 * reboot(2) in a child that is given 20 seconds, and sysrq's b, without a sync: nothing but system calls, for a handler
 * of a fatal signal. Returns if neither worked.
 */
void power_reboot_now(void);

#endif
