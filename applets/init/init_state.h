/*
 * What all parts of init share: its state and the console. It is one process with one script, so there is one of
 * everything.
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
	DEGRADED_SAVED, /* dump-save has ended with STATUS_DEGRADED */
	DUMP_SAVED,     /* dump-save has ended with 0, and something after it in its line failed */
	ALL_DONE,       /* so has the whole line */
};

/* One for the process: the handlers of signals need it. */
struct init {
	int meminfo_fd;
	struct meminfo lowest; /* the total, and the least that was ever available */
	uint64_t start;        /* by clock_ms */
	bool failed_script;    /* it was missing, a line of it was refused, or the time was up */
	bool dump_wanted;      /* the script has a line with dump-save */
	enum verdict verdict;
	char saved_by[64];
	char failure[512]; /* of the last line that should save a dump, else the last one */
	bool dump_failed;  /* failure is of such a line */
};
extern struct init init;

/* One line on the console, in one write, so that the kernel's lines do not mix with it. */
void init_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
