#include "sys/power.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/child.h"
#include "sys/clock.h"

enum { STEP_MS = 20000, TICK_MS = 100 };

static const struct {
	const char *doing;
	unsigned command; /* of reboot(2) */
	char sysrq;       /* 0: none */
} actions[] = {
	[POWER_REBOOT] = {"rebooting", LINUX_REBOOT_CMD_RESTART, 'b'},
	[POWER_OFF] = {"powering off", LINUX_REBOOT_CMD_POWER_OFF, 'o'},
	[POWER_HALT] = {"halting", LINUX_REBOOT_CMD_HALT, 0},
};

const char *power_doing(enum power action)
{
	return actions[action].doing;
}

bool power_is_capture_kernel(void)
{
	return access("/proc/vmcore", F_OK) == 0;
}

static int reboot_call(unsigned command)
{
	return (int)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, NULL);
}

static int run_sync(void *context)
{
	(void)context;
	sync();
	return 0;
}

static int run_reboot(void *context)
{
	return reboot_call(*(const unsigned *)context) == 0 ? 0 : errno;
}

/* Writes the letter that context points to. Returns 0 or an errno. */
static int sysrq(void *context)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return errno;
	n = write(fd, context, 1);
	close(fd);
	return n == 1 ? 0 : EIO;
}

int power_down(enum power action, const struct log *log, struct error *e)
{
	unsigned command = actions[action].command;
	char letter;
	int result = child_call(run_sync, NULL, STEP_MS);

	if (result < 0)
		log_line(log, LOG_WARN, "sync did not finish (%s): continuing without it", strerror(-result));
	result = child_call(run_reboot, &command, STEP_MS);
	/* If no child can be made, calling it here loses nothing. */
	if (result < 0 && result != -ETIMEDOUT && result != -EINTR)
		result = reboot_call(command) == 0 ? 0 : errno;
	if (result == EPERM)
		return error_set(e, EPERM, "%s: not permitted: this needs root (CAP_SYS_BOOT)", power_doing(action));
	log_line(log, LOG_WARN, "reboot(2) failed (%s)", strerror(result < 0 ? -result : result));
	if (!actions[action].sysrq)
		return error_set(e, EIO, "%s: the system call failed", power_doing(action));
	letter = actions[action].sysrq;
	result = child_call(sysrq, &letter, STEP_MS);
	if (result == 0)
		clock_sleep(10000);
	return error_set(e, result > 0 ? result : EIO, "%s: the system call and sysrq both failed",
			 power_doing(action));
}

int power_by_hand(enum power action, bool force, const struct log *log, struct error *e)
{
	if (force || power_is_capture_kernel())
		return power_down(action, log, e);
	error_set(e, EPERM, "%s refused: this is no capture environment (/proc/vmcore does not exist)",
		  power_doing(action));
	return error_hint(e, "use -f to take this machine down at once, without an orderly shutdown");
}

void power_reboot_now(void)
{
	char letter = actions[POWER_REBOOT].sysrq;
	pid_t pid = _Fork();

	if (pid <= 0)
		reboot_call(LINUX_REBOOT_CMD_RESTART);
	if (pid == 0)
		_exit(1);
	/* In a child, since a driver may hang in it. */
	for (int i = 0; i < STEP_MS / TICK_MS && pid > 0 && waitpid(pid, NULL, WNOHANG) == 0; i++)
		clock_sleep(TICK_MS);
	sysrq(&letter);
}
