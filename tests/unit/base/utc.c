#include "unit/test.h"

#include <string.h>
#include <time.h>

#include "base/utc.h"

static void texts(struct test *t)
{
	char text[UTC_SIZE];

	CHECK(t, utc_text(0, "-", "", text));
	CHECK_STR(t, text, "1970-01-01-000000");
	CHECK(t, utc_text(1795269802, "T", ":", text));
	CHECK_STR(t, text, "2026-11-21T14:03:22");
	CHECK(t, utc_text(253402300799, " ", ":", text));
	CHECK_STR(t, text, "9999-12-31 23:59:59");
	CHECK(t, !utc_text(253402300800, " ", ":", text));
	CHECK_STR(t, text, "");
	CHECK(t, !utc_text(UINT64_MAX, " ", ":", text));
}

/* Every day of 500 years and the second before it, as the C library has them. */
static void every_day(struct test *t)
{
	enum { DAY = 24 * 60 * 60, DAYS = 500 * 365 };
	char text[UTC_SIZE], want[UTC_SIZE];
	struct tm tm;

	for (time_t day = 1; day <= DAYS; day++) {
		for (time_t second = day * DAY - 1; second <= day * DAY; second++) {
			gmtime_r(&second, &tm);
			strftime(want, sizeof(want), "%Y-%m-%d %H:%M:%S", &tm);
			utc_text((uint64_t)second, " ", ":", text);
			if (strcmp(text, want) != 0)
				CHECK_STR(t, text, want);
		}
	}
	CHECK_STR(t, text, want);
}

void suite_utc(struct test *t)
{
	test_run(t, "known times", texts);
	test_run(t, "every day of 500 years", every_day);
}
