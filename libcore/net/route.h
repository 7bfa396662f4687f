/*
 * Addresses, routes and neighbours of an interface. Source: rtnetlink(7).
 */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include "fmt/ip_address.h"
#include "net/link.h"

/* Gives an interface an address, or confirms the one that it has; an IPv6 address is usable at once (no duplicate
 * address detection: nothing here could answer a conflict). Returns 0 or a negative errno. */
int address_add(struct rtnl *r, const struct link *link, const struct ip_prefix *address, struct error *e);

/* An address of an interface, as the kernel has it. */
struct address {
	int index; /* of the interface */
	struct ip_prefix prefix;
	bool usable; /* global, and not waiting for duplicate address detection */
	bool given;  /* by a person or by DHCP, not by router advertisements */
};

/* Visits the addresses of all interfaces; visit as in rtnl_dump. */
int address_each(struct rtnl *r, int (*visit)(void *context, const struct address *address), void *context,
		 struct error *e);

/* Takes an address, away from its interface. */
int address_remove(struct rtnl *r, const struct address *address, struct error *e);

/* A route; a gateway of size 0: the network is on the link. */
struct route {
	int index; /* of the interface */
	struct ip_prefix network, gateway;
};

/* Sets a route, or replaces the one to the same network. A gateway outside the interface's networks is taken to be on
 * the link, as some providers have it. Returns 0 or a negative errno. */
int route_set(struct rtnl *r, const struct link *link, const struct route *route, struct error *e);

/* Visits the routes of the main table; visit as in rtnl_dump. */
int route_each(struct rtnl *r, int (*visit)(void *context, const struct route *route), void *context, struct error *e);

/*
 * Whether a neighbour has answered: makes the kernel ask for its hardware address, if it has not. Returns 1, 0 for "not
 * yet", or a negative errno.
 */
int neighbour_answers(struct rtnl *r, const struct link *link, const struct ip_prefix *address, struct error *e);

#endif
