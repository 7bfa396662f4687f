/*
 * A point in time as people read it, in UTC. Ours instead of strftime(), which brings the C library's time zones and
 * locales into the binary: 9 KB.
 */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include <stdbool.h>
#include <stdint.h>

/* The size of utc_text()'s longest text. */
enum { UTC_SIZE = sizeof("2026-11-21-14:03:22") };

/*
 * Writes seconds since 1970 into text as the date, middle, and the time with colon between its parts: with "T" and ":"
 * it is 2026-11-21T14:03:22, with "-" and "" 2026-11-21-140322. Each separator has at most one byte. Returns false,
 * with an empty text, for a year after 9999.
 */
bool utc_text(uint64_t seconds, const char *middle, const char *colon, char text[UTC_SIZE]);

#endif
