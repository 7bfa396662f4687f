#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applet.h"
#include "sys/child.h"
#include "sys/clock.h"

enum {
	STATUS_TIMED_OUT = 124,
	STATUS_OWN_ERROR = 125,
	STATUS_CANNOT_RUN = 126,
	STATUS_NOT_FOUND = 127,
	DEFAULT_GRACE_MS = 10000,
	KILLED_MS = 3000, /* for a killed process to end: one stuck in the kernel does not */
	TICK_MS = 200,
};

static const struct option options[] = {
	{'i', "ignore-status", NULL, "exit with 0 even if the command fails, and print its status"},
	{'k', "kill-after", "SECONDS", "send SIGKILL this long after the first signal (default 10)"},
	{'s', "signal", "SIGNAL", "the first signal, by name or number (default TERM)"},
	{0},
};

struct job {
	uint64_t limit_ms, grace_ms;
	int signal, argc;
	char **argv;
	bool ignore_status;
};

/* A signal that this process received and must forward. */
static volatile sig_atomic_t caught;

static void catch (int number)
{
	caught = number;
}

static const int handed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

static void set_handlers(void (*handler)(int number))
{
	struct sigaction action = {.sa_handler = handler};

	for (size_t i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]); i++)
		sigaction(handed_on[i], &action, NULL);
}

static int run_command(void *context)
{
	struct job *job = context;
	const struct applet *applet = applet_find(job->argv[0]);

	set_handlers(SIG_DFL);
	if (applet)
		return applet_run(applet, job->argc, job->argv);
	execvp(job->argv[0], job->argv);
	applet_say("%s: %m", job->argv[0]);
	return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
}

/* Signals the command and everything that it started: they share this process's group. */
static void send(struct child *child, int number)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;

	child_signal(child, number);
	if (number == SIGKILL || number == SIGSTOP)
		return;
	sigaction(number, &ignore, &old);
	kill(0, number);
	sigaction(number, &old, NULL);
}

/* Waits at most ms (0: no limit), and forwards signals. Returns whether the child has ended. */
static bool wait_for(struct child *child, uint64_t ms)
{
	uint64_t start = clock_ms(), passed = 0;

	while (!child->ended && (ms == 0 || passed < ms)) {
		uint64_t left = ms == 0 ? TICK_MS : ms - passed;

		child_wait(child, left < TICK_MS ? left : TICK_MS);
		if (caught) {
			int number = caught;

			caught = 0;
			send(child, number);
		}
		passed = clock_ms() - start;
	}
	return child->ended;
}

static int stop(struct child *child, const struct job *job)
{
	char name[24];

	applet_say("%s: timed out after %llu s: sending %s", job->argv[0], (unsigned long long)(job->limit_ms / 1000),
		   signal_name(job->signal, name, sizeof(name)));
	send(child, job->signal);
	send(child, SIGCONT);
	if (job->signal != SIGKILL && wait_for(child, job->grace_ms))
		return STATUS_TIMED_OUT;
	child_signal(child, SIGKILL);
	if (!wait_for(child, KILLED_MS))
		applet_say("%s: survives SIGKILL: stuck in the kernel, abandoned", job->argv[0]);
	return 128 + SIGKILL;
}

static int supervise(struct job *job)
{
	struct error e = {.code = 0};
	struct child child;

	/* Its own process group (it may lead one already), so that the command's children end with it. */
	setpgid(0, 0);
	set_handlers(catch);
	if (child_start(&child, false, run_command, job, &e) < 0) {
		applet_error(&e);
		return STATUS_OWN_ERROR;
	}
	if (!wait_for(&child, job->limit_ms))
		return stop(&child, job);
	return WIFSIGNALED(child.status) ? 128 + WTERMSIG(child.status) : WEXITSTATUS(child.status);
}

/* Options, the time and the command. Returns 1, OPTION_HELP, or -EINVAL. */
static int parse(struct job *job, struct options *o, struct error *e)
{
	int id, result = 0;

	while ((id = options_next(o, options, e)) != OPTION_OPERAND) {
		if (id < 0)
			return id;
		if (id == 0)
			return error_set(e, EINVAL, "missing SECONDS and COMMAND");
		if (id == 'i')
			job->ignore_status = true;
		else if (id == 'k')
			result = duration_parse(o->value, &job->grace_ms, e);
		else if (id == 's')
			result = job->signal = signal_parse(o->value, e);
		if (result < 0)
			return -EINVAL;
	}
	if (duration_parse(o->value, &job->limit_ms, e) < 0)
		return -EINVAL;
	if (o->index < o->argc && strcmp(o->argv[o->index], "--") == 0)
		o->index++;
	job->argc = o->argc - o->index;
	job->argv = o->argv + o->index;
	return job->argc ? 1 : error_set(e, EINVAL, "missing COMMAND");
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	struct job job = {.grace_ms = DEFAULT_GRACE_MS, .signal = SIGTERM};
	int result = parse(&job, &o, &e);

	if (result < 0)
		return applet_stop(result, &e) == STATUS_DONE ? STATUS_DONE : STATUS_OWN_ERROR;
	result = supervise(&job);
	if (!job.ignore_status || result == 0)
		return result;
	applet_say("%s: status %d ignored (-i)", job.argv[0], result);
	return STATUS_DONE;
}

const struct applet applet_timeout = {
	.name = "timeout",
	.usage = "[-i] [-k SECONDS] [-s SIGNAL] SECONDS COMMAND [ARGUMENT]...",
	.help = "Runs COMMAND (an applet, or else a program) and ends it when it is not done after SECONDS (a suffix "
		"s, m, h or d is\n"
		"taken; 0: no limit). The exit status is the command's, 128 + n where signal n ended it, 124 when the "
		"time was up, 137\n"
		"when SIGKILL had to be sent; 125 for an error of timeout's own, 126 where the command cannot be run, "
		"127 where there is\n"
		"none. With -i it is 0 in all these cases, but for wrong usage. A command that is stuck in the kernel "
		"is not waited for.",
	.options = options,
	.run = run,
};
