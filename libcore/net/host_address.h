/* Names of hosts to addresses: resolv.conf's servers, or /etc/hosts. */
#ifndef NET_HOST_ADDRESS_H
#define NET_HOST_ADDRESS_H

#include <stdint.h>

#include "base/error.h"
#include "fmt/ip_address.h"

/*
 * The addresses of a host, at most max, in the order of preference: an address is its own (IPv6 also in brackets); a
 * name is asked for again while no server answers, until deadline (clock_ms's time). Returns how many (at least 1), or
 * a negative errno: -ENOENT for a name that does not exist, -ETIMEDOUT if no server answered.
 */
int resolve_host(const char *host, uint64_t deadline, struct ip_prefix *addresses, unsigned max, struct error *e);

#endif
