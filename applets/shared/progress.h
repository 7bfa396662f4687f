/*
 * A progress bar on standard error: redrawn in place on a terminal, a line every few seconds elsewhere. It tells init
 * as well that the dump gets on.
 */
#ifndef APPLETS_SHARED_PROGRESS_H
#define APPLETS_SHARED_PROGRESS_H

#include <stdbool.h>

#include "dump/encode.h"

struct progress_bar {
	const char *name; /* in front of each line */
	uint64_t unit;    /* bytes that one step stands for at the end: total * unit is what rate is counted in */
	bool quiet;       /* nothing is drawn; set by the caller after progress_bar_init */
	bool redraw;
	bool drawn; /* the cursor is on a bar */
	double started, shown;
	struct progress progress; /* pass &progress to libcore */
};

void progress_bar_init(struct progress_bar *bar, const char *name);

/* Takes the bar away, so that other lines can be printed. */
void progress_bar_end(struct progress_bar *bar);

#endif
