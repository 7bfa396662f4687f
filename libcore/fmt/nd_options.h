/*
 * What a router advertisement says of name servers. Pure. Sources: RFC 4861, 4.6 (options), RFC 8106 (RDNSS, DNSSL).
 */
#ifndef FMT_ND_OPTIONS_H
#define FMT_ND_OPTIONS_H

#include "fmt/ip_address.h"

/* Copies the name servers among the options into servers, at most max, those with a lifetime. Returns how many. */
unsigned nd_name_servers(struct span options, struct ip_prefix *servers, unsigned max);

#endif
