/*
 * PID 1 of the capture environment: mounts what is needed, runs the capture script line by line, and ends in a reboot
 * whatever happens. It waits for nothing and nobody without a limit.
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
	SCRIPT_MAX = 64 * 1024,
	LAST_RESORT_MS = 120 * 1000,
	SYNC_MS = 25 * 1000, /* of power_down's time, that in which a slow disk may still get on */
};

static void take_log_line(void *context, enum log_level level, const char *text)
{
	(void)context, (void)level;
	init_say("%s", text);
}

static const struct log console = {.line = take_log_line};

/* --- the script --------------------------------------------------------------------------------------------------- */

/* Returns how the capture ends: as a line says, else in a reboot. */
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
		init_say("the capture script cannot be read: %s", e.text);
		snprintf(init.failure, sizeof(init.failure), "the capture script cannot be read: %.200s", e.text);
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

/* No dump, and no script to say what else to try: at least the log of the crashed kernel onto the console. */
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
	/* Behind the sync it is up to the watchdog, if there is one and the rest hangs. */
	init_watchdog_allow(SYNC_MS);
	if (action == POWER_HALT)
		init_watchdog_disarm();
	power_down(action, &console, &e);
	init_say("%s", e.text);
	/* Whatever was asked for, this is the end of the environment; a watchdog may still do it. */
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
		error_set(&e, EPERM, "this is not PID 1: init is for the kernel to start, in a capture environment");
		error_hint(&e, "it would mount, kill and reboot");
		return applet_error(&e);
	}
	init_set_up();
	finish(run_script());
}

const struct applet applet_init = {
	.name = "init",
	.usage = "",
	.help = "The first process of the capture environment. Mounts /proc, /sys and /dev, runs the capture script,\n"
		"/etc/capture.sh, line by line, and reboots in any case. Words on its command line are ignored.",
	.options = NULL,
	.run = run,
};
