/*
 * Network interfaces: finding, setting up, and making those that lie on others (VLAN, bond). Sources: rtnetlink(7), the
 * kernel's include/uapi/linux/if_link.h, Documentation/networking/bonding.rst.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include <stdbool.h>

#include "fmt/interface.h"
#include "net/rtnl.h"

enum {
	LINK_MAC = 6,
};

struct link {
	int index;  /* the kernel's number; 0: none */
	int master; /* of a bond's port: the bond's number */
	int parent; /* of a VLAN: the number of the interface below it */
	char name[INTERFACE_NAME];
	char kind[16]; /* "vlan", "bond", "veth"; "" for hardware */
	uint8_t mac[LINK_MAC], permanent[LINK_MAC];
	bool ethernet, up, carrier;
	unsigned mtu;
};

/* Visits each interface, in the kernel's order; visit as in rtnl_dump. */
int link_each(struct rtnl *r, int (*visit)(void *context, const struct link *link), void *context, struct error *e);

/*
 * Finds an interface by its name, or by its MAC address ("52:54:00:12:34:56", any case): its permanent one, since a
 * bond gives all its ports the same. Returns 0, -ENODEV if there is none (no error text is set), or another negative
 * errno.
 */
int link_find(struct rtnl *r, const char *spec, struct link *link, struct error *e);

/* Whether a text is a MAC address; *mac gets its bytes. */
bool mac_parse(const char *text, uint8_t mac[LINK_MAC]);

/* Sets an interface up or down. Each returns 0 or a negative errno, here and below. */
int link_set_up(struct rtnl *r, const struct link *link, bool up, struct error *e);

int link_set_mtu(struct rtnl *r, const struct link *link, unsigned mtu, struct error *e);

/* Makes an interface a bond's port; it must be down. */
int link_set_master(struct rtnl *r, const struct link *link, const struct link *master, struct error *e);

/* Makes a VLAN interface on a parent: id from 1 to 4094. */
int link_add_vlan(struct rtnl *r, const char *name, const struct link *parent, unsigned id, struct error *e);

/* Makes a bond without ports, or sets what an existing one without ports has. */
int link_add_bond(struct rtnl *r, const char *name, const struct bond_settings *settings, struct error *e);

/* Removes an interface that was made by the two above. */
int link_delete(struct rtnl *r, const struct link *link, struct error *e);

#endif
