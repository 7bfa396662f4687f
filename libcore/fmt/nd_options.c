#include "fmt/nd_options.h"

enum {
	RDNSS = 25,
	HEADER = 8, /* type, length in units of 8 bytes, reserved, lifetime */
};

/* Adds the addresses of one option. */
static unsigned take_rdnss(struct span option, struct ip_prefix *servers, unsigned count, unsigned max)
{
	if (option.size < HEADER || get_be32(option.data + 4) == 0)
		return count;
	for (size_t at = HEADER; at + 16 <= option.size && count < max; at += 16) {
		servers[count] = (struct ip_prefix){.size = 16, .length = 128};
		memcpy(servers[count++].bytes, option.data + at, 16);
	}
	return count;
}

unsigned nd_name_servers(struct span options, struct ip_prefix *servers, unsigned max)
{
	unsigned count = 0;

	while (options.size >= 2) {
		size_t size = options.data[1] * (size_t)8;

		if (size == 0 || size > options.size)
			break;
		if (options.data[0] == RDNSS)
			count = take_rdnss(span_part(options, 0, size), servers, count, max);
		options = span_part(options, size, options.size - size);
	}
	return count;
}
