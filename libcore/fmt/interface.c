#include "fmt/interface.h"

#include <errno.h>
#include <stdio.h>

#include "base/options.h"

enum { MTU_MIN = 68, MTU_MAX = 65535, VLAN_MAX = 4094 };

int bond_mode(const char *text)
{
	static const char *const names[] = {"balance-rr", "active-backup", "balance-xor", "broadcast",
					    "802.3ad",    "balance-tlb",   "balance-alb"};
	const int count = sizeof(names) / sizeof(names[0]);

	for (int i = 0; i < count; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	return (int)number_parse(text, count - 1);
}

/* A name that the kernel accepts, or a MAC address; it ends up in paths of /proc and on the console. */
static bool spec_char(uint8_t c)
{
	return c > ' ' && c < 127 && c != '/' && c != '%' && c != ',';
}

int interface_set_spec(char spec[INTERFACE_SPEC], struct span text, struct error *e)
{
	bool good = text.size > 0 && text.size < INTERFACE_SPEC && text.data[0] != '.';
	size_t colons = 0;

	for (size_t i = 0; good && i < text.size; i++) {
		good = spec_char(text.data[i]);
		colons += text.data[i] == ':';
	}
	good = good && (text.size < INTERFACE_NAME ? colons == 0 : colons == 5);
	if (!good)
		return error_set(e, EINVAL, "'%.*s' is not an interface's name or MAC address", (int)text.size,
				 (const char *)text.data);
	memcpy(spec, text.data, text.size);
	spec[text.size] = 0;
	return 0;
}

int interface_number(struct span text, long min, long max, const char *what, unsigned *number, struct error *e)
{
	char digits[12] = "";
	long n = -1;

	if (text.size < sizeof(digits)) {
		memcpy(digits, text.data, text.size);
		n = number_parse(digits, max);
	}
	if (n < min)
		return error_set(e, EINVAL, "'%.*s' is not %s (%ld to %ld)", (int)text.size, (const char *)text.data,
				 what, min, max);
	*number = (unsigned)n;
	return 0;
}

int interface_set_mtu(struct interface *i, struct span text, struct error *e)
{
	return interface_number(text, MTU_MIN, MTU_MAX, "an MTU", &i->mtu, e);
}

int interface_set_vlan(struct interface *i, struct span id, struct span parent, struct error *e)
{
	if (interface_number(id, 1, VLAN_MAX, "a VLAN's id", &i->vlan, e) < 0)
		return -e->code;
	return interface_set_spec(i->parent, parent, e);
}

static int not_address(struct span text, const char *what, struct error *e)
{
	return error_set(e, EINVAL, "'%.*s' is not %s", (int)text.size, (const char *)text.data, what);
}

int interface_add_address(struct interface *i, struct span text, struct error *e)
{
	if (i->address_count == INTERFACE_ADDRESSES)
		return error_set(e, EINVAL, "more than %d addresses", INTERFACE_ADDRESSES);
	if (!ip_prefix_parse(text, &i->addresses[i->address_count]) || ip_is_any(&i->addresses[i->address_count]))
		return not_address(text, "an address, such as 192.0.2.5/24", e);
	i->address_count++;
	return 0;
}

int interface_add_route(struct interface *i, struct span network, struct span gateway, struct error *e)
{
	struct interface_route *route = &i->routes[i->route_count];

	if (i->route_count == INTERFACE_ROUTES)
		return error_set(e, EINVAL, "more than %d routes", INTERFACE_ROUTES);
	memset(route, 0, sizeof(*route));
	if (!ip_prefix_parse(network, &route->network))
		return not_address(network, "a network, such as 198.51.100.0/24", e);
	if (gateway.size && !ip_address_parse(gateway, &route->gateway))
		return not_address(gateway, "a gateway's address", e);
	if (gateway.size && route->gateway.size != route->network.size)
		return not_address(gateway, "of the same family as its network (IPv4, IPv6)", e);
	i->route_count++;
	return 0;
}

int interface_add_gateway(struct interface *i, struct span gateway, struct error *e)
{
	struct ip_prefix address;
	struct span default_route;

	if (!ip_address_parse(gateway, &address))
		return not_address(gateway, "a gateway's address", e);
	default_route = address.size == 4 ? span_of("0.0.0.0/0", 9) : span_of("::/0", 4);
	return interface_add_route(i, default_route, gateway, e);
}

int interface_add_dns(struct interface *i, struct span address, struct error *e)
{
	if (i->dns_count == INTERFACE_DNS)
		return error_set(e, EINVAL, "more than %d name servers", INTERFACE_DNS);
	if (!ip_address_parse(address, &i->dns[i->dns_count]))
		return not_address(address, "a name server's address", e);
	i->dns_count++;
	return 0;
}

int interface_set_bond_mode(struct interface *i, const char *mode, struct error *e)
{
	if (strlen(mode) >= sizeof(i->bond.mode) || bond_mode(mode) < 0) {
		error_set(e, EINVAL, "'%s' is not a mode of bonds", mode);
		return error_hint(e, "The usual ones: active-backup (needs nothing of the switch), 802.3ad (LACP).");
	}
	snprintf(i->bond.mode, sizeof(i->bond.mode), "%s", mode);
	return 0;
}

int interface_set_ports(struct interface *i, struct span names, struct error *e)
{
	while (names.size) {
		const uint8_t *comma = memchr(names.data, ',', names.size);
		size_t length = comma ? (size_t)(comma - names.data) : names.size;

		if (i->port_count == INTERFACE_PORTS)
			return error_set(e, EINVAL, "more than %d ports of a bond", INTERFACE_PORTS);
		if (interface_set_spec(i->ports[i->port_count++], span_part(names, 0, length), e) < 0)
			return -e->code;
		names = comma ? span_part(names, length + 1, names.size - length - 1) : span_of(NULL, 0);
	}
	return i->port_count ? 0 : error_set(e, EINVAL, "a bond needs at least one port");
}
