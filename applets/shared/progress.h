/*
 * A progress bar on standard error: redrawn in place on a terminal, a line every few seconds elsewhere. Also tells init
 * that the dump makes progress.
 */
#ifndef APPLETS_SHARED_PROGRESS_H
#define APPLETS_SHARED_PROGRESS_H

#include <stdbool.h>

#include "dump/encode.h"

struct progress_bar {
	const char *name; /* at the start of each line */
	uint64_t unit;    /* bytes per step: rate is in bytes, as total * unit */
	bool quiet;       /* draw nothing; set by the caller after progress_bar_init */
	bool redraw;
	bool drawn; /* the cursor is on a bar */
	double started, shown;
	struct progress progress; /* pass &progress to libcore */
};

void progress_bar_init(struct progress_bar *bar, const char *name);

/* Removes the bar, so that other lines can be printed. */
void progress_bar_end(struct progress_bar *bar);

#endif
