/* How init runs one command: in a child, with a deadline. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "init/init_parts.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/file.h"

enum {
	GRACE_MS = 3000,        /* between SIGTERM and SIGKILL */
	STALL_MS = 120 * 1000,  /* unless STALL_DEADLINE says otherwise */
	HUNGRY_MS = 60 * 1000,  /* without a byte moved, if init does not stop a stalled command itself */
	BETWEEN_MS = 60 * 1000, /* for init's own steps, each of which has a deadline */
	STATUS_TIMED_OUT = 124,
	STATUS_CANNOT_RUN = 126,
	STATUS_NOT_FOUND = 127,
};

struct job {
	const struct applet *applet;
	const char *path; /* of a program that is not an applet */
	int argc;
	char **argv;
	const char *oom_score_adj;
};

int init_timeout_words(const struct script_command *c)
{
	int i = 1;

	if (strcmp(c->argv[0], "timeout") != 0)
		return 0;
	while (i < c->argc - 1 && (c->argv[i][0] == '-' || (c->argv[i][0] >= '0' && c->argv[i][0] <= '9') ||
				   strcmp(c->argv[i - 1], "-s") == 0))
		i++;
	return i < c->argc ? i : 0;
}

bool init_is_dump_save(const struct script_command *c)
{
	return strcmp(c->argv[init_timeout_words(c)], "dump-save") == 0;
}

/* In the child: sets what differs from init, then runs the command. */
static int run_job(void *context)
{
	struct job *job = context;
	struct error e;
	int fd;

	init_forget_handlers();
	file_write_text("/proc/self/oom_score_adj", job->oom_score_adj, &e);
	fd = open("/dev/null", O_RDONLY);
	if (fd > 0) {
		dup2(fd, 0);
		close(fd);
	}
	close(init.meminfo_fd);
	umask(022);
	if (job->applet)
		return applet_run(job->applet, job->argc, job->argv);
	execv(job->path, job->argv);
	fprintf(stderr, "%s: %m\n", job->path);
	return STATUS_NOT_FOUND - (errno != ENOENT);
}

/* An applet, a path, or a program in one of the usual directories. Returns whether it exists. */
static bool resolve(struct job *job, char *path, size_t size)
{
	static const char *const dirs[] = {"/bin", "/sbin", "/usr/bin", "/usr/sbin"};

	job->applet = applet_find(job->argv[0]);
	job->path = strchr(job->argv[0], '/') ? job->argv[0] : NULL;
	for (size_t i = 0; !job->applet && !job->path && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, size, "%s/%s", dirs[i], job->argv[0]);
		if (access(path, X_OK) == 0)
			job->path = path;
	}
	return job->applet || job->path;
}

static void describe(const struct child *child, struct outcome *o, uint64_t kills_before)
{
	int status = child->status;

	o->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	child_describe(status, o->text, sizeof(o->text));
	if (o->status && meminfo_oom_kills() > kills_before)
		text_add(o->text, sizeof(o->text),
			 ": out of memory, the kernel killed it (a larger crashkernel= helps)");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		text_add(o->text, sizeof(o->text), ": out of memory?");
}

/* Until the command or the time ends; at most stall ms (0: no limit) without a byte moved. */
static void wait_for(struct child *child, uint64_t end, uint64_t stall)
{
	uint64_t now = clock_ms();

	while ((!end || now < end) && (!stall || init_stalled() < stall)) {
		if (child_wait(child, end ? end - now : UINT64_MAX))
			return;
		now = clock_ms();
	}
}

static void stop(struct child *child, uint64_t end, uint64_t stall, struct outcome *o)
{
	const char *how;
	char why[48] = "timed out";

	if (stall && (!end || clock_ms() < end))
		snprintf(why, sizeof(why), "no data written for %llu s", (unsigned long long)(stall / 1000));
	o->status = STATUS_TIMED_OUT;
	how = child_stop(child, GRACE_MS) ? "killed" : "but survives SIGKILL: abandoned";
	snprintf(o->text, sizeof(o->text), "%s, %s", why, how);
}

/* A command that saves a dump must move bytes; others must only end in time. Returns stall. */
static uint64_t watch(bool saves, uint64_t end)
{
	uint64_t stall = saves ? init_deadline("STALL_DEADLINE", STALL_MS) : 0;

	if (saves)
		init_watchdog_follow(stall ? stall + BETWEEN_MS : HUNGRY_MS);
	else
		init_watchdog_allow(end ? end - clock_ms() + BETWEEN_MS : UINT64_MAX / 2);
	return stall;
}

void init_run_command(const struct script_command *c, uint64_t end, struct outcome *o)
{
	bool saves = init_is_dump_save(c);
	uint64_t kills = meminfo_oom_kills(), stall;
	/* When memory runs out, dump-save is killed first. */
	struct job job = {.argc = c->argc, .argv = c->argv, .oom_score_adj = saves ? "500" : "0"};
	struct error e = {.code = 0};
	struct child child;
	char path[256];

	o->status = STATUS_NOT_FOUND;
	if (end && clock_ms() >= end) {
		o->status = STATUS_TIMED_OUT;
		snprintf(o->text, sizeof(o->text), "not started: the line's time is up");
		return;
	}
	if (!resolve(&job, path, sizeof(path))) {
		snprintf(o->text, sizeof(o->text),
			 "unknown command: not an applet, and not in /bin, /sbin, /usr/bin or /usr/sbin");
		return;
	}
	if (applet_last_words)
		applet_last_words[0] = 0;
	stall = watch(saves, end);
	if (child_start(&child, true, run_job, &job, &e) < 0) {
		o->status = STATUS_CANNOT_RUN;
		snprintf(o->text, sizeof(o->text), "%.150s", e.text);
		return;
	}
	wait_for(&child, end, stall);
	init_watchdog_allow(BETWEEN_MS);
	if (child.ended)
		describe(&child, o, kills);
	else
		stop(&child, end, stall, o);
	/* Kills everything that a failed command left running. */
	if (o->status)
		child_signal(&child, SIGKILL);
}
