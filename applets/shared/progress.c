#include "shared/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "sys/clock.h"

enum {
	WIDTH = 30,
	LINE_EVERY = 5,       /* seconds, if the bar cannot be redrawn */
	REDRAWS_A_SECOND = 2, /* serial consoles are slow */
};

/* "3:07", without floating-point printing, which would cost the binary more than the rest of this file. */
static void format_seconds(char *out, size_t size, double seconds)
{
	unsigned long s = seconds < 0 || seconds > 3e6 ? 0 : (unsigned long)(seconds + 0.5);

	if (s >= 3600)
		snprintf(out, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(out, size, "%lu:%02lu", s / 60, s % 60);
}

static void draw(struct progress_bar *b, unsigned permille, double elapsed, double fraction, unsigned long rate)
{
	char bar[WIDTH + 1], left[24];
	unsigned full = permille * WIDTH / 1000;

	memset(bar, ' ', WIDTH);
	memset(bar, '#', full);
	bar[WIDTH] = 0;
	format_seconds(left, sizeof(left), fraction > 0 ? elapsed / fraction - elapsed : 0);
	if (b->redraw)
		fprintf(stderr, "\r%s: [%s] %3u %%  %lu MiB/s  %s left \033[K", b->name, bar, permille / 10, rate,
			left);
	else
		fprintf(stderr, "%s: %u %%, %lu MiB/s, %s left\n", b->name, permille / 10, rate, left);
	b->drawn = b->redraw;
}

static void step(void *context, uint64_t done, uint64_t total)
{
	struct progress_bar *b = context;
	double t = (double)clock_ms() / 1000, elapsed = t - b->started;
	double wait = b->redraw ? 1.0 / REDRAWS_A_SECOND : LINE_EVERY;
	double fraction = total ? (double)done / (double)total : 1;
	bool last = b->redraw && done == total && b->drawn;

	if (applet_moved)
		++*applet_moved;
	if (b->quiet)
		return;
	if (t - b->shown < wait && !last)
		return;
	b->shown = t;
	draw(b, (unsigned)(fraction * 1000), elapsed, fraction,
	     elapsed > 0 ? (unsigned long)((double)(done * b->unit) / elapsed / (1 << 20)) : 0);
}

void progress_bar_init(struct progress_bar *b, const char *name)
{
	const char *term = getenv("TERM");

	*b = (struct progress_bar){.name = name, .unit = 1, .started = (double)clock_ms() / 1000};
	b->redraw = isatty(2) && !(term && strcmp(term, "dumb") == 0);
	b->shown = b->started;
	b->progress = (struct progress){.step = step, .context = b};
}

void progress_bar_end(struct progress_bar *b)
{
	if (b->drawn)
		fputs("\r\033[K", stderr);
	b->drawn = false;
}
