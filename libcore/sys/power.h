/*
 * Rebooting and powering off, even if something is stuck.
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

/* "rebooting", "powering off", "halting": for the last message. */
const char *power_doing(enum power action);

/* Whether a crash started this kernel: /proc/vmcore exists. */
bool power_is_capture_kernel(void);

/*
 * sync, reboot(2) (where drivers can hang), and sysrq's b or o (which calls no driver), each in a child with 20
 * seconds. Returns only if all of them fail, with a negative errno. log (or NULL) gets a line for each step that fails.
 */
int power_down(enum power action, const struct log *log, struct error *e);

/* power_down as a command: without force only in a capture kernel (else -EPERM), so that nobody takes down a running
 * machine by mistake. Returns as power_down. */
int power_by_hand(enum power action, bool force, const struct log *log, struct error *e);

/*
 * reboot(2) in a child with 20 seconds, then sysrq's b, without a sync: only system calls, for a handler of a fatal
 * signal. Returns if neither worked.
 */
void power_reboot_now(void);

#endif
