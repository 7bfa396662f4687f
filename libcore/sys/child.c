#include "sys/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/clock.h"

static const struct {
	int number;
	char name[8];
} signals[] = {
	{SIGHUP, "HUP"},   {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},   {SIGTRAP, "TRAP"},
	{SIGABRT, "ABRT"}, {SIGBUS, "BUS"},   {SIGFPE, "FPE"},   {SIGKILL, "KILL"}, {SIGUSR1, "USR1"},
	{SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"}, {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"}, {SIGTERM, "TERM"},
	{SIGCHLD, "CHLD"}, {SIGCONT, "CONT"}, {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"}, {SIGXCPU, "XCPU"},
	{SIGXFSZ, "XFSZ"}, {SIGSYS, "SYS"},
};

enum { NR_SIGNALS = sizeof(signals) / sizeof(signals[0]), TICK_MS = 50 };

const char *signal_name(int signal, char *text, size_t size)
{
	for (size_t i = 0; i < NR_SIGNALS; i++) {
		if (signals[i].number == signal) {
			snprintf(text, size, "SIG%s", signals[i].name);
			return text;
		}
	}
	snprintf(text, size, "signal %d", signal);
	return text;
}

int signal_parse(const char *name, struct error *e)
{
	const char *bare = strncasecmp(name, "SIG", 3) == 0 ? name + 3 : name;
	char *end;
	long number;

	for (size_t i = 0; i < NR_SIGNALS; i++)
		if (strcasecmp(signals[i].name, bare) == 0)
			return signals[i].number;
	number = strtol(name, &end, 10);
	if (end == name || *end || number < 1 || number >= NSIG)
		return error_set(e, EINVAL, "'%s' is not a signal", name);
	return (int)number;
}

const char *child_describe(int status, char *text, size_t size)
{
	char name[24];

	if (WIFSIGNALED(status))
		snprintf(text, size, "killed by %s", signal_name(WTERMSIG(status), name, sizeof(name)));
	else
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	return text;
}

int child_start(struct child *child, bool own_group, int (*run)(void *context), void *context, struct error *e)
{
	sigset_t sigchld, mask;

	*child = (struct child){.own_group = own_group};
	sigemptyset(&sigchld);
	sigaddset(&sigchld, SIGCHLD);
	/* If a parent left it ignored, children would vanish without a status. */
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &sigchld, &mask);
	sigdelset(&mask, SIGCHLD);
	fflush(NULL);
	child->pid = fork();
	if (child->pid < 0)
		return error_errno(e, "fork");
	if (child->pid == 0) {
		if (own_group)
			setpgid(0, 0);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		_exit(run(context) & 0xff);
	}
	/* In both processes, whichever runs first. */
	if (own_group)
		setpgid(child->pid, child->pid);
	return 0;
}

static void reap(struct child *child)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
		if (pid != child->pid)
			continue;
		child->ended = true;
		child->status = status;
	}
}

bool child_wait(struct child *child, uint64_t ms)
{
	/* Short waits: musl restarts sigtimedwait with its whole time after another signal was handled. */
	struct timespec time = {.tv_nsec = (long)(ms < TICK_MS ? ms : TICK_MS) * 1000000};
	sigset_t sigchld;

	reap(child);
	if (child->ended || ms == 0)
		return child->ended;
	sigemptyset(&sigchld);
	sigaddset(&sigchld, SIGCHLD);
	sigtimedwait(&sigchld, NULL, &time);
	reap(child);
	return child->ended;
}

bool child_wait_all(struct child *child, uint64_t ms)
{
	uint64_t start = clock_ms(), passed = 0;

	while (!child_wait(child, ms - passed)) {
		passed = clock_ms() - start;
		if (passed >= ms)
			return child->ended;
	}
	return true;
}

void child_signal(const struct child *child, int signal)
{
	/* After its end, another process may have its number, but its group may still have its children. */
	if (child->own_group)
		kill(-child->pid, signal);
	else if (!child->ended)
		kill(child->pid, signal);
}

bool child_stop(struct child *child, uint64_t grace_ms)
{
	child_signal(child, SIGTERM);
	child_signal(child, SIGCONT);
	if (!child_wait_all(child, grace_ms)) {
		child_signal(child, SIGKILL);
		child_wait_all(child, 2000);
	}
	return child->ended;
}

int child_call(int (*run)(void *context), void *context, uint64_t ms)
{
	struct error e = {.code = 0};
	struct child child;

	if (child_start(&child, true, run, context, &e) < 0)
		return -e.code;
	if (!child_wait_all(&child, ms)) {
		child_stop(&child, 500);
		return -ETIMEDOUT;
	}
	return WIFEXITED(child.status) ? WEXITSTATUS(child.status) : -EINTR;
}
