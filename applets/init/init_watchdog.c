/*
 * When init feeds the watchdogs. They end hangs that no deadline of init's can, so they are fed for a limited time, or
 * while bytes move, and never closed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/init_parts.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/watchdog.h"

enum { MOST = 4, TIMEOUT_S = 60, FEED_MS = 1000 };

static struct {
	int fd[MOST];    /* -1 - errno if opening failed; 0: not tried */
	uint64_t until;  /* fed until then, by clock_ms */
	uint64_t follow; /* not 0: instead of until, fed while bytes move at least every so many ms */
	uint64_t count;  /* of bytes that moved, when they last did, and when that was */
	uint64_t moved;
	uint64_t fed; /* the last time */
	bool hungry;  /* the end of feeding was reported */
} watch;

static void open_one(int i, const char *path)
{
	struct error e = {.code = 0};
	struct watchdog w;
	int r;

	if (watch.fd[i] > 0 || access(path, F_OK) != 0)
		return;
	r = watchdog_open(path, TIMEOUT_S, &w, &e);
	if (r < 0 && watch.fd[i] != r)
		init_say("%s", e.text);
	watch.fd[i] = r < 0 ? r : w.fd;
	if (r == 0)
		init_say("watchdog %s (%s): timeout %u s; fed while the capture makes progress", path, w.identity,
			 w.timeout);
}

void init_watchdog_open(void)
{
	char path[24];

	for (int i = 0; i < MOST; i++) {
		snprintf(path, sizeof(path), "/dev/watchdog%d", i);
		open_one(i, path);
	}
	/* A driver without the kernel's watchdog core has only this name; otherwise it is the first one again. */
	if (watch.fd[0] == 0)
		open_one(0, "/dev/watchdog");
}

void init_watchdog_allow(uint64_t ms)
{
	watch.follow = 0;
	watch.until = clock_ms() + ms;
}

uint64_t init_stalled(void)
{
	uint64_t count = applet_moved ? *applet_moved : 0;

	if (count != watch.count || !watch.moved) {
		watch.count = count;
		watch.moved = clock_ms();
	}
	return clock_ms() - watch.moved;
}

void init_watchdog_follow(uint64_t deadline)
{
	watch.moved = 0;
	init_stalled();
	watch.follow = deadline;
}

void init_watchdog_tick(void)
{
	static const char hungry[] = "init: the watchdog is no longer fed\n";
	uint64_t now = clock_ms();
	bool feed = watch.follow ? init_stalled() < watch.follow : now < watch.until;
	bool there = false;

	if (feed && now - watch.fed < FEED_MS)
		return;
	for (int i = 0; i < MOST; i++) {
		there = there || watch.fd[i] > 0;
		if (watch.fd[i] > 0 && feed)
			watchdog_feed(watch.fd[i]);
	}
	if (!feed && there && !watch.hungry)
		write_all(STDERR_FILENO, hungry, sizeof(hungry) - 1);
	watch.hungry = !feed;
	if (feed)
		watch.fed = now;
}

void init_watchdog_disarm(void)
{
	for (int i = 0; i < MOST; i++)
		if (watch.fd[i] > 0)
			watchdog_disarm(&watch.fd[i]);
}
