/*
 * What a network interface is to become. interface_words and interface_dracut read the two ways to write it. Pure.
 */
#ifndef FMT_INTERFACE_H
#define FMT_INTERFACE_H

#include "base/error.h"
#include "fmt/ip_address.h"

enum {
	INTERFACE_NAME = 16, /* bytes of a name with its NUL, as the kernel has it */
	INTERFACE_SPEC = 18, /* of a name or a MAC address with its NUL */
	INTERFACE_ADDRESSES = 4,
	INTERFACE_ROUTES = 8,
	INTERFACE_DNS = 3,
	INTERFACE_PORTS = 8,
	INTERFACES = 8, /* that one command can name */
};

/* A route; a gateway of size 0: the network is on the link. */
struct interface_route {
	struct ip_prefix network, gateway;
};

/* How a bond shares its ports. Zero: the kernel's defaults, and a look at the carrier each 100 ms. */
struct bond_settings {
	char mode[16];   /* "active-backup", "802.3ad", ..., or its number */
	unsigned miimon; /* milliseconds between two looks at the carrier; 0: 100 */
	bool lacp_fast;  /* 802.3ad: the partner is asked each second instead of each 30 */
};

struct interface {
	char spec[INTERFACE_SPEC]; /* its name or MAC address; "any": the first with a carrier */
	bool dhcp4, dhcp6, auto6;  /* auto6: by router advertisements */
	struct ip_prefix addresses[INTERFACE_ADDRESSES];
	struct interface_route routes[INTERFACE_ROUTES]; /* a default route has a network of length 0 */
	struct ip_prefix dns[INTERFACE_DNS];
	unsigned address_count, route_count, dns_count;
	char search[128];
	unsigned mtu; /* 0: as it is */

	unsigned vlan;               /* its id; 0: not a VLAN */
	char parent[INTERFACE_SPEC]; /* of a VLAN */
	struct bond_settings bond;
	char ports[INTERFACE_PORTS][INTERFACE_SPEC]; /* of a bond */
	unsigned port_count;                         /* 0: not a bond */
};

/* What a command asks for: interfaces in the order in which they are needed, the lower ones first. */
struct interface_list {
	struct interface interfaces[INTERFACES];
	unsigned count;
};

/* The number of a bond's mode, from its name or number; -1 for anything else. */
int bond_mode(const char *text);

/* For the parsers: add to an interface. Return -EINVAL for what is wrong, or too much. */
int interface_add_address(struct interface *i, struct span text, struct error *e);
int interface_add_route(struct interface *i, struct span network, struct span gateway, struct error *e);
int interface_add_gateway(struct interface *i, struct span gateway, struct error *e);
int interface_add_dns(struct interface *i, struct span address, struct error *e);
int interface_set_bond_mode(struct interface *i, const char *mode, struct error *e);

/* Splits "a,b,c" into a bond's ports. */
int interface_set_ports(struct interface *i, struct span names, struct error *e);

int interface_set_mtu(struct interface *i, struct span text, struct error *e);
int interface_set_vlan(struct interface *i, struct span id, struct span parent, struct error *e);

/* Copies a name or MAC address into a specification. */
int interface_set_spec(char spec[INTERFACE_SPEC], struct span text, struct error *e);

/* A number from min to max. */
int interface_number(struct span text, long min, long max, const char *what, unsigned *number, struct error *e);

#endif
