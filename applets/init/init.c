/*
 * PID 1 of the capture environment: mounts what is needed, runs the capture script line by line, and reboots in any
 * case. Every wait has a limit.
 */
#include "init/init_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/file.h"

enum {
	LAST_RESORT_MS = 120 * 1000,
	SYNC_MS = 25 * 1000, /* the part of power_down's time in which a slow disk may make progress */
};

static void take_log_line(void *context, enum log_level level, const char *text)
{
	(void)context, (void)level;
	init_say("%s", text);
}

static const struct log console = {.line = take_log_line};

/* --- the script --------------------------------------------------------------------------------------------------- */

/* Returns how the capture ends: as a line says, else with a reboot. */
static enum power run_script(void)
{
	static struct script_line line;
	struct script script = {.lookup = init_variable};
	struct error e = {.code = 0};
	int end = LINE_GOES_ON;
	char *text;
	size_t size;
	int result = file_read(INIT_SCRIPT, SCRIPT_MAX, &text, &size, &e);

	if (result < 0) {
		init_say("cannot read the capture script: %s", e.text);
		snprintf(init.failure, sizeof(init.failure), "cannot read the capture script: %.200s", e.text);
		init.failed_script = true;
		return POWER_REBOOT;
	}
	script.text = span_of(text, size);
	while (end < 0 && (result = script_next(&script, &line, &e)) != 0) {
		if (init_expired()) {
			error_set(&e, ETIMEDOUT, "line %u: the time for the whole capture (CAPTURE_DEADLINE) is up",
				  line.number);
			init_refuse(&e);
			break;
		}
		if (result > 0 && line.kind == SCRIPT_ASSIGNMENT)
			result = init_set_variable(line.name, line.value, &e);
		else if (result > 0)
			end = init_run_line(&line);
		if (result < 0)
			init_refuse(&e);
	}
	free(text);
	return end < 0 ? POWER_REBOOT : (enum power)end;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

/* No dump, and no script to name another target: print at least the crashed kernel's log on the console. */
static void last_resort(void)
{
	char *argv[] = {"dmesg-save", "/proc/vmcore", "/dev/console", NULL};
	const struct script_command command = {.argv = argv, .argc = 3};
	struct outcome o;

	init_say("last resort: dmesg-save /proc/vmcore /dev/console");
	init_run_command(&command, clock_ms() + LAST_RESORT_MS, &o);
	if (o.status)
		init_say("last resort: dmesg-save: %s", o.text);
}

__attribute__((noreturn)) static void finish(enum power action)
{
	struct error e = {.code = 0};

	if (init.verdict < LOG_SAVED && init.failed_script)
		last_resort();
	init_sample_memory();
	init_say("lowest MemAvailable %llu kB (of %llu kB total)", (unsigned long long)init.lowest.available,
		 (unsigned long long)init.lowest.total);
	init_say_verdict(action);
	/* After the sync, a watchdog ends what hangs. */
	init_watchdog_allow(SYNC_MS);
	if (action == POWER_HALT)
		init_watchdog_disarm();
	power_down(action, &console, &e);
	init_say("%s", e.text);
	/* Keep trying: there is nothing else to do, and a watchdog may still reset the machine. */
	for (;;) {
		if (action != POWER_HALT)
			power_reboot_now();
		clock_sleep(10000);
	}
}

static int run(int argc, char **argv)
{
	struct error e = {.code = 0};

	(void)argc, (void)argv;
	if (getpid() != 1) {
		error_set(&e, EPERM, "this is not PID 1: only the kernel starts init, in a capture environment");
		error_hint(&e, "run by hand, it would mount, kill and reboot");
		return applet_error(&e);
	}
	init_set_up();
	finish(run_script());
}

const struct applet applet_init = {
	.name = "init",
	.usage = "",
	.help = "The first process of the capture environment. Mounts /proc, /sys and /dev, runs the capture script,\n"
		"/etc/capture.sh, line by line, and always reboots. Arguments are ignored.",
	.options = NULL,
	.run = run,
};
