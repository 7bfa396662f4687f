/*
 * Shared by all parts of init: its state and the console. There is one process with one script, so one of everything.
 */
#ifndef APPLETS_INIT_INIT_STATE_H
#define APPLETS_INIT_INIT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/meminfo.h"

#define INIT_SCRIPT "/etc/capture.sh"

/* What has been saved so far. */
enum verdict {
	NOTHING_SAVED,
	LOG_IN_PSTORE,  /* only the kernel's log, in pstore until the next boot */
	LOG_SAVED,      /* only the log, on a target; a dump was wanted */
	DEGRADED_SAVED, /* dump-save ended with STATUS_DEGRADED */
	DUMP_SAVED,     /* dump-save ended with 0, but a later command of its line failed */
	ALL_DONE,       /* so has the whole line */
};

/* One for the process: signal handlers need it. */
struct init {
	int meminfo_fd;
	struct meminfo lowest; /* the total, and the lowest available so far */
	uint64_t start;        /* by clock_ms */
	bool failed_script;    /* it was missing, a line was refused, or the time was up */
	bool dump_wanted;      /* the script has a line with dump-save */
	enum verdict verdict;
	char saved_by[64];
	char failure[512]; /* of the last line that should save a dump, else of the last line */
	bool dump_failed;  /* failure is of such a line */
};
extern struct init init;

/* Prints one line on the console, in one write, so that the kernel's lines do not mix with it. */
void init_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
