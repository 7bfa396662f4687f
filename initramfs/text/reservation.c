#include "text/reservation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* memparse() of the kernel: a number and K, M or G. Returns where it ends, or NULL. */
static const char *parse_bytes(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return NULL;
	errno = 0;
	*bytes = strtoull(text, &end, 0);
	if (errno)
		return NULL;
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	if (unit && (*bytes > UINT64_MAX >> 10 * (unit - units + 1)))
		return NULL;
	if (unit)
		*bytes <<= 10 * (unit - units + 1);
	return unit ? end + 1 : end;
}

int reservation_read(uint64_t *size, uint64_t *place, const char *text, struct error *e)
{
	const char *end = parse_bytes(text, size);

	*place = 0;
	if (end && *end == '@')
		end = parse_bytes(end + 1, place);
	if (end && !*end && *size >= UINT64_C(1) << 20 && *size <= UINT64_C(64) << 30 && *place <= UINT64_MAX / 2)
		return 0;
	error_set(e, EINVAL, "'%.64s' is not the size of a reservation, from 1M to 64G", text);
	return error_hint(e, "write it as 64M, or as 64M@256M with its address; from a list of ranges, take the size "
			     "for this machine");
}
