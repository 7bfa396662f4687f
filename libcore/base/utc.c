#include "base/utc.h"

#include <stdio.h>

enum { DAY = 24 * 60 * 60 };

static bool leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month] + (month == 1 && leap(year));
}

bool utc_text(uint64_t seconds, const char *middle, const char *colon, char text[UTC_SIZE])
{
	unsigned year = 1970, month = 0, time = (unsigned)(seconds % DAY);
	uint64_t days = seconds / DAY;

	text[0] = 0;
	for (; days >= 365u + leap(year); year++) {
		if (year == 9999)
			return false;
		days -= 365u + leap(year);
	}
	for (; days >= days_in(year, month); month++)
		days -= days_in(year, month);
	snprintf(text, UTC_SIZE, "%04u-%02u-%02u%s%02u%s%02u%s%02u", year, month + 1, (unsigned)days + 1, middle,
		 time / 3600, colon, time / 60 % 60, colon, time % 60);
	return true;
}
