/*
 * Child processes with deadlines: a child in an uninterruptible sleep does not die, so nothing waits for it longer than
 * its time.
 */
#ifndef SYS_CHILD_H
#define SYS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct child {
	pid_t pid;
	bool own_group; /* it leads its own process group, which gets the signals */
	bool ended;
	int status; /* as of waitpid, once it has ended */
};

/*
 * Flushes stdio and forks; the child calls run(context) and passes its result to _exit. From then on SIGCHLD is blocked
 * in this process, for child_wait, but not in the child. Returns 0 or a negative errno. The object is the caller's;
 * there is nothing to free.
 */
int child_start(struct child *child, bool own_group, int (*run)(void *context), void *context, struct error *e);

/*
 * One step of a wait for the child's end: at most ms, and at most 50 ms. Also reaps every other child that has ended,
 * since PID 1 inherits orphans. Returns whether the child has ended.
 */
bool child_wait(struct child *child, uint64_t ms);

/* The whole wait: at most ms, regardless of signals. Returns whether the child has ended. */
bool child_wait_all(struct child *child, uint64_t ms);

/* Sends a signal to the child, or to its group. */
void child_signal(const struct child *child, int signal);

/* SIGTERM, at most grace_ms, SIGKILL, at most two seconds. Returns whether the child has ended; if not, it is stuck in
 * the kernel. */
bool child_stop(struct child *child, uint64_t grace_ms);

/* Runs a function in a child, for calls that may never return: child_start, child_wait_all, child_stop. Returns what
 * the function returned (0 to 255), -ETIMEDOUT, -EINTR when a signal ended it, or another negative errno from the fork.
 */
int child_call(int (*run)(void *context), void *context, uint64_t ms);

/* "exit status 1" or "killed by SIGKILL". Returns text. */
const char *child_describe(int status, char *text, size_t size);

/* "SIGKILL" for 9, "signal 40" for one without a name. Returns text. */
const char *signal_name(int signal, char *text, size_t size);

/* The number for "9", "KILL" or "SIGKILL", in any case; -EINVAL with the error set for others. */
int signal_parse(const char *name, struct error *e);

#endif
