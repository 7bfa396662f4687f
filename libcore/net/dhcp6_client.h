/*
 * A client of DHCP for IPv6: an address, or only name servers. Source: RFC 8415.
 */
#ifndef NET_DHCP6_CLIENT_H
#define NET_DHCP6_CLIENT_H

#include "fmt/dhcp6.h"
#include "net/link.h"

/*
 * Asks for an address, or with information for name servers alone, on an interface that is up and has a link-local
 * address. deadline: clock_ms's time. Returns 0 with *lease set, or a negative errno: -ETIMEDOUT, or a failure of the
 * system.
 */
int dhcp6_lease(const struct link *link, bool information, uint64_t deadline, struct dhcp6_reply *lease,
		struct error *e);

#endif
