/*
 * Monotonic time, and durations as people write them.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

#include "base/error.h"

/* Milliseconds since the boot (CLOCK_MONOTONIC). */
uint64_t clock_ms(void);

/* Sleeps that many milliseconds, regardless of signals. */
void clock_sleep(uint64_t ms);

/*
 * A duration: decimal digits with an optional fraction (cut to milliseconds) and an optional suffix s (the default), m,
 * h or d; at most 30 years. Sets *ms and returns 0, or -EINVAL with an error that names the text.
 */
int duration_parse(const char *text, uint64_t *ms, struct error *e);

#endif
