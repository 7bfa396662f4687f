/*
 * A client of DHCP for IPv4: it asks until a server has given it an address, or until its deadline. It does not renew a
 * lease: what it serves ends long before. Source: RFC 2131, 4.4.
 */
#ifndef NET_DHCP4_CLIENT_H
#define NET_DHCP4_CLIENT_H

#include "fmt/dhcp4.h"
#include "net/link.h"

/*
 * Gets an address for an interface that is up and has none. deadline: clock_ms's time. Asks again after 1, 2, 4 and
 * then each 8 s. Returns 0 with *lease set, or a negative errno: -ETIMEDOUT, with what was heard until then, or a
 * failure of the system.
 */
int dhcp4_lease(const struct link *link, uint64_t deadline, struct dhcp4_reply *lease, struct error *e);

#endif
