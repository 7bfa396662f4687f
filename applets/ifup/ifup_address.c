#include <errno.h>
#include <string.h>

#include "applet.h"
#include "ifup/ifup_parts.h"
#include "net/dhcp4_client.h"
#include "net/dhcp6_client.h"
#include "net/route.h"
#include "net/router_advert.h"
#include "sys/clock.h"

enum {
	POLL_MS = 100,
	MTU_MIN = 576,
	SECOND_FAMILY_MS = 10000,
};

/* --- what is known, to the kernel --- */

static int set_all(struct ifup *u, const struct interface *from, struct error *e)
{
	int result = 0;

	for (unsigned i = 0; i < from->address_count && result == 0; i++)
		result = address_add(&u->rtnl, &u->link, &from->addresses[i], e);
	for (unsigned i = 0; i < from->route_count && result == 0; i++) {
		const struct route route = {.network = from->routes[i].network, .gateway = from->routes[i].gateway};

		result = route_set(&u->rtnl, &u->link, &route, e);
	}
	return result;
}

static void add_dns(struct interface *to, const struct ip_prefix *server)
{
	for (unsigned i = 0; i < to->dns_count; i++)
		if (to->dns[i].size == server->size && memcmp(to->dns[i].bytes, server->bytes, server->size) == 0)
			return;
	if (to->dns_count < INTERFACE_DNS)
		to->dns[to->dns_count++] = *server;
}

/* --- DHCP --- */

static int dhcp4(struct ifup *u, struct error *e)
{
	struct interface *got = &u->got;
	struct dhcp4_reply lease;
	struct error ignored;
	int result = dhcp4_lease(&u->link, u->deadline, &lease, e);

	if (result < 0)
		return result;
	got->addresses[got->address_count++] = lease.address;
	for (unsigned i = 0; i < lease.route_count && got->route_count < INTERFACE_ROUTES; i++)
		got->routes[got->route_count++] =
			(struct interface_route){lease.routes[i].network, lease.routes[i].gateway};
	for (unsigned i = 0; i < lease.dns_count; i++)
		add_dns(got, &lease.dns[i]);
	memcpy(got->search, lease.domain, sizeof(lease.domain));
	/* A card that cannot have the server's MTU works with its own, if the network is kind. */
	if (lease.mtu >= MTU_MIN && !u->wanted->mtu && lease.mtu != u->link.mtu &&
	    link_set_mtu(&u->rtnl, &u->link, lease.mtu, &ignored) < 0)
		applet_error(&ignored);
	return 0;
}

static int dhcp6(struct ifup *u, bool information, struct error *e)
{
	struct dhcp6_reply lease;
	int result = dhcp6_lease(&u->link, information, u->deadline, &lease, e);

	if (result < 0)
		return result;
	if (!information && u->got.address_count < INTERFACE_ADDRESSES)
		u->got.addresses[u->got.address_count++] = lease.address;
	for (unsigned i = 0; i < lease.dns_count; i++)
		add_dns(&u->got, &lease.dns[i]);
	return 0;
}

/* --- router advertisements --- */

struct automatic {
	int index;
	bool address, route;
};

static int note_address(void *context, const struct address *address)
{
	struct automatic *a = context;

	if (address->index == a->index && address->prefix.size == 16 && address->usable)
		a->address = true;
	return 0;
}

static int note_route(void *context, const struct route *route)
{
	struct automatic *a = context;

	if (route->index == a->index && route->network.size == 16 && route->network.length == 0)
		a->route = true;
	return 0;
}

/* How far the kernel is with what the routers said. */
static int look(struct ifup *u, struct automatic *a, struct router_flags *flags, struct error *e)
{
	int result = router_advert_flags(&u->rtnl, &u->link, flags, e);

	*a = (struct automatic){.index = u->link.index};
	if (result == 0)
		result = address_each(&u->rtnl, note_address, a, e);
	return result < 0 ? result : route_each(&u->rtnl, note_route, a, e);
}

/* Waits for an advertisement, and for the address that the kernel makes of it, unless DHCPv6 gives it. */
static int wait_routers(struct ifup *u, bool address_too, struct router_flags *flags, struct error *e)
{
	struct automatic a;

	for (;;) {
		int result = look(u, &a, flags, e);

		if (result < 0)
			return result;
		if (flags->received && (a.address || flags->managed || !address_too))
			return 0;
		if (clock_ms() >= u->deadline)
			break;
		clock_sleep(POLL_MS);
	}
	if (flags->received)
		return error_set(e, ETIMEDOUT, "%s: the router advertises no address prefix", u->link.name);
	return error_set(e, ETIMEDOUT, "%s: no router advertisement", u->link.name);
}

static int automatic6(struct ifup *u, struct error *e)
{
	struct ip_prefix servers[INTERFACE_DNS];
	struct router_flags flags;
	unsigned count;
	int result;

	result = wait_routers(u, u->wanted->auto6, &flags, e);
	if (result < 0)
		return result;
	count = router_advert_servers(u->advertised, &u->link, servers, INTERFACE_DNS);
	for (unsigned i = 0; i < count; i++)
		add_dns(&u->got, &servers[i]);
	if (flags.managed || u->wanted->dhcp6)
		return dhcp6(u, false, e);
	return flags.other && !u->got.dns_count ? dhcp6(u, true, e) : 0;
}

/*
 * Both families: one is enough, since many networks have only one. The kernel listens to routers while DHCP asks; the
 * other family then gets the rest of the time, or once the first has an address, a little of it.
 */
static int both_families(struct ifup *u, struct error *e)
{
	const uint64_t deadline = u->deadline, now = clock_ms(), left = deadline > now ? deadline - now : 0;
	struct error four = {.code = 0}, six = {.code = 0};
	int result4, result6;

	u->deadline = now + left / 3 * 2;
	result4 = dhcp4(u, &four);
	u->deadline =
		result4 < 0 || clock_ms() + SECOND_FAMILY_MS > deadline ? deadline : clock_ms() + SECOND_FAMILY_MS;
	result6 = automatic6(u, &six);
	u->deadline = deadline;
	if (result4 < 0 && result6 < 0)
		return error_set(e, four.code, "%s\n%s", four.text, six.text);
	if (result4 < 0 || result6 < 0)
		applet_error(result4 < 0 ? &four : &six);
	return 0;
}

/* IPv6 by routers comes first, since it starts IPv6 anew; the words last: they win. */
int ifup_addresses(struct ifup *u, struct error *e)
{
	const bool six = u->wanted->auto6 || u->wanted->dhcp6;
	int result = 0;

	if (six)
		router_advert_solicit(&u->link);
	if (six && u->wanted->dhcp4)
		result = both_families(u, e);
	else if (six)
		result = automatic6(u, e);
	else if (u->wanted->dhcp4)
		result = dhcp4(u, e);
	if (result == 0)
		result = set_all(u, &u->got, e);
	return result < 0 ? result : set_all(u, u->wanted, e);
}

/* --- a route that works --- */

static const struct ip_prefix *gateway_of(const struct interface *i)
{
	for (unsigned r = 0; r < i->route_count; r++)
		if (i->routes[r].gateway.size && !ip_is_any(&i->routes[r].gateway))
			return &i->routes[r].gateway;
	return NULL;
}

int ifup_reach(struct ifup *u, struct error *e)
{
	const struct ip_prefix *gateway = gateway_of(u->wanted);
	char text[IP_TEXT];

	if (!gateway)
		gateway = gateway_of(&u->got);
	if (!gateway)
		return 0;
	for (;;) {
		int result = neighbour_answers(&u->rtnl, &u->link, gateway, e);

		if (result != 0)
			return result < 0 ? result : 0;
		if (clock_ms() >= u->deadline)
			break;
		clock_sleep(POLL_MS);
	}
	return error_set(e, EHOSTUNREACH, "%s: the gateway %s does not answer", u->link.name,
			 ip_address_text(gateway, text));
}
