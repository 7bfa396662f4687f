#include "sys/clock.h"

#include <errno.h>
#include <string.h>
#include <time.h>

uint64_t clock_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void clock_sleep(uint64_t ms)
{
	struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000 * 1000000)};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* The milliseconds of a suffix; 0: not a suffix. */
static uint64_t suffix_ms(const char *suffix)
{
	static const char letters[] = "smhd";
	static const uint64_t ms[] = {1000, 60 * 1000, 3600 * 1000, 24 * 3600 * 1000};
	const char *letter;

	if (!suffix[0])
		return 1000;
	letter = strchr(letters, suffix[0]);
	return letter && !suffix[1] ? ms[letter - letters] : 0;
}

int duration_parse(const char *text, uint64_t *ms, struct error *e)
{
	const uint64_t most = 30ULL * 365 * 24 * 3600 * 1000;
	uint64_t whole = 0, thousandths = 0, unit;
	const char *p = text;
	int digits = 0;

	for (; *p >= '0' && *p <= '9'; p++, digits++) {
		whole = whole * 10 + (uint64_t)(*p - '0');
		if (whole > most)
			return error_set(e, EINVAL, "'%s' is too long", text);
	}
	if (*p == '.') {
		p++;
		for (uint64_t value = 100; *p >= '0' && *p <= '9'; p++, digits++, value /= 10)
			thousandths += (uint64_t)(*p - '0') * value;
	}
	unit = suffix_ms(p);
	if (!digits || !unit)
		return error_set(e, EINVAL,
				 "'%s' is not a duration: expected a number, with suffix s (default), m, h or d", text);
	if (whole > most / unit)
		return error_set(e, EINVAL, "'%s' is too long", text);
	*ms = whole * unit + thousandths * unit / 1000;
	return 0;
}
