/*
 * What the files of ifup share: one interface on its way up, and its steps in their order.
 */
#ifndef IFUP_PARTS_H
#define IFUP_PARTS_H

#include "fmt/interface.h"
#include "net/link.h"

struct ifup {
	struct rtnl rtnl;
	uint64_t start, deadline; /* clock_ms's time, for all steps together */
	int advertised;           /* descriptor of router_advert_open, or -1 */
	const struct interface *wanted;
	struct link link;     /* the kernel's view of it */
	struct interface got; /* what DHCP and routers added: addresses, routes, name servers, search */
};

/* Finds or makes the interface (VLAN, bond), sets it up, and waits for its carrier. Each step returns 0 or a negative
 * errno. */
int ifup_link(struct ifup *u, struct error *e);

/* Gives it addresses and routes, from the words, from DHCP and from routers. */
int ifup_addresses(struct ifup *u, struct error *e);

/* Waits until a gateway answers: a switch may hold back everything for a while after the carrier is there. */
int ifup_reach(struct ifup *u, struct error *e);

/* Adds the name servers to /etc/resolv.conf. */
int ifup_resolver(const struct ifup *u, struct error *e);

/* Prints interfaces, addresses, routes and name servers. spec: one interface, by name or MAC address, or NULL for all.
 */
int ifup_show(const char *spec, struct error *e);

#endif
