#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "ifup/ifup_parts.h"
#include "sys/clock.h"

enum {
	POLL_MS = 100,
	PORT_MS = 10000, /* for the ports of a bond that has one */
};

/* Whether there is time left until then; waits a moment. */
static bool wait_more(uint64_t until)
{
	if (clock_ms() >= until)
		return false;
	clock_sleep(POLL_MS);
	return true;
}

static unsigned seconds(const struct ifup *u)
{
	return (unsigned)((clock_ms() - u->start) / 1000);
}

/* --- finding --- */

static int print_link(void *context, const struct link *link)
{
	(void)context;
	if (link->ethernet)
		fprintf(stderr, "  %s %02x:%02x:%02x:%02x:%02x:%02x%s%s\n", link->name, link->mac[0], link->mac[1],
			link->mac[2], link->mac[3], link->mac[4], link->mac[5], link->kind[0] ? " " : "", link->kind);
	return 0;
}

/* Waits until an interface exists: its driver may still be looking for its hardware. */
static int find_until(struct ifup *u, const char *spec, uint64_t until, struct link *link, struct error *e)
{
	struct error ignored;
	int result;

	for (;;) {
		result = link_find(&u->rtnl, spec, link, e);
		if (result != -ENODEV)
			return result;
		if (!wait_more(until))
			break;
	}
	error_set(e, ENODEV, "%s: no such interface after %u s", spec, seconds(u));
	applet_say("the network interfaces that exist:");
	if (link_each(&u->rtnl, print_link, NULL, &ignored) < 0)
		applet_error(&ignored);
	return error_hint(e, "Is its driver's module loaded?");
}

static int find(struct ifup *u, const char *spec, struct link *link, struct error *e)
{
	return find_until(u, spec, u->deadline, link, e);
}

/* A card, or the end of a virtual cable; not what lies on others, and not a port of a bond or bridge. */
static bool is_card(const struct link *link)
{
	return link->ethernet && !link->master && (!link->kind[0] || strcmp(link->kind, "veth") == 0);
}

struct first {
	struct rtnl *rtnl;
	struct link link; /* index 0: none yet */
	unsigned seen;
};

static int note_card(void *context, const struct link *link)
{
	struct first *first = context;

	if (!is_card(link))
		return 0;
	first->seen++;
	if (link->carrier && !first->link.index)
		first->link = *link;
	return 0;
}

static int list_down(void *context, const struct link *link)
{
	struct link *list = context;

	/* The list's walk is not over: they are set up after it. */
	for (size_t i = 0; i < INTERFACES && is_card(link) && !link->up; i++)
		if (!list[i].index) {
			list[i] = *link;
			break;
		}
	return 0;
}

/* "any": sets up all cards, and takes the first with a carrier. */
static int find_any(struct ifup *u, struct error *e)
{
	struct first first = {.seen = 0};
	int result;

	for (;;) {
		struct link down[INTERFACES] = {{.index = 0}};

		result = link_each(&u->rtnl, list_down, down, e);
		for (size_t i = 0; i < INTERFACES && result == 0 && down[i].index; i++)
			result = link_set_up(&u->rtnl, &down[i], true, e);
		first.seen = 0;
		if (result == 0)
			result = link_each(&u->rtnl, note_card, &first, e);
		if (result < 0)
			return result;
		u->link = first.link;
		if (u->link.index)
			return 0;
		if (!wait_more(u->deadline))
			break;
	}
	if (first.seen)
		return error_set(e, ENETDOWN, "none of %u interfaces has a carrier after %u s", first.seen, seconds(u));
	error_set(e, ENODEV, "no network interface after %u s", seconds(u));
	return error_hint(e, "Is its driver's module loaded?");
}

/* --- making --- */

static int make_vlan(struct ifup *u, struct error *e)
{
	struct link parent;
	int result = find(u, u->wanted->parent, &parent, e);

	if (result < 0)
		return result;
	if (!parent.up && (result = link_set_up(&u->rtnl, &parent, true, e)) < 0)
		return result;
	result = link_add_vlan(&u->rtnl, u->wanted->spec, &parent, u->wanted->vlan, e);
	return result == -EEXIST ? 0 : result;
}

/* A port must be down while it becomes one. */
static int add_port(struct ifup *u, const char *spec, const struct link *bond, uint64_t until, struct error *e)
{
	struct link port;
	int result = find_until(u, spec, until, &port, e);

	if (result < 0 || port.master == bond->index)
		return result;
	result = link_set_up(&u->rtnl, &port, false, e);
	return result < 0 ? result : link_set_master(&u->rtnl, &port, bond, e);
}

/* A port that is missing leaves a bond with the others: that is what bonds are for. It is waited for, but not long. */
static int make_bond(struct ifup *u, struct error *e)
{
	uint64_t until = u->deadline;
	struct link bond;
	unsigned ports = 0;
	int result = link_add_bond(&u->rtnl, u->wanted->spec, &u->wanted->bond, e);

	if (result == 0)
		result = find(u, u->wanted->spec, &bond, e);
	if (result < 0)
		return result;
	for (unsigned i = 0; i < u->wanted->port_count; i++) {
		result = add_port(u, u->wanted->ports[i], &bond, until, e);
		if (result < 0)
			applet_error(e);
		else
			ports++;
		if (ports && clock_ms() + PORT_MS < until)
			until = clock_ms() + PORT_MS;
	}
	return ports ? 0 : result;
}

static int take(struct ifup *u, struct error *e)
{
	int result = 0;

	if (strcmp(u->wanted->spec, "any") == 0)
		return find_any(u, e);
	if (u->wanted->vlan)
		result = make_vlan(u, e);
	else if (u->wanted->port_count)
		result = make_bond(u, e);
	return result < 0 ? result : find(u, u->wanted->spec, &u->link, e);
}

static int wait_carrier(struct ifup *u, struct error *e)
{
	char name[INTERFACE_NAME];
	int result = 0;

	memcpy(name, u->link.name, sizeof(name));
	while (!u->link.carrier) {
		if (!wait_more(u->deadline)) {
			error_set(e, ENETDOWN, "%s: no carrier after %u s", name, seconds(u));
			return error_hint(e, "Is the cable plugged in, and the switch's port enabled?");
		}
		result = link_find(&u->rtnl, name, &u->link, e);
		if (result < 0)
			return result == -ENODEV ? error_set(e, ENODEV, "%s: the interface is gone", name) : result;
	}
	return 0;
}

int ifup_link(struct ifup *u, struct error *e)
{
	int result = take(u, e);

	if (result == 0 && u->wanted->mtu && u->link.mtu != u->wanted->mtu)
		result = link_set_mtu(&u->rtnl, &u->link, u->wanted->mtu, e);
	if (result == 0 && !u->link.up)
		result = link_set_up(&u->rtnl, &u->link, true, e);
	return result < 0 ? result : wait_carrier(u, e);
}
