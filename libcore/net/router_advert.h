/*
 * What routers advertise (IPv6). The kernel makes addresses and routes of it; this reads the rest. Sources: RFC 4861;
 * rtnetlink(7), the kernel's include/uapi/linux/rtnetlink.h (RTM_NEWNDUSEROPT), if_link.h (IFLA_INET6_FLAGS).
 */
#ifndef NET_ROUTER_ADVERT_H
#define NET_ROUTER_ADVERT_H

#include "fmt/ip_address.h"
#include "net/link.h"

/* Opens a socket that hears of name servers; open it before the interface comes up. Returns a descriptor, which the
 * caller closes, or a negative errno. */
int router_advert_open(struct error *e);

/* Copies the name servers that were advertised on an interface until now into servers, at most max. Does not wait.
 * Returns how many. */
unsigned router_advert_servers(int fd, const struct link *link, struct ip_prefix *servers, unsigned max);

/* What the last advertisement said about DHCPv6. */
struct router_flags {
	bool received; /* there was an advertisement */
	bool managed;  /* addresses come from DHCPv6 */
	bool other;    /* name servers come from DHCPv6 */
};
int router_advert_flags(struct rtnl *r, const struct link *link, struct router_flags *flags, struct error *e);

/* Makes the kernel follow advertisements on an interface and, if it is up, ask the routers for one now. This removes
 * IPv6 addresses that it has. */
void router_advert_solicit(const struct link *link);

#endif
