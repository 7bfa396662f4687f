#include "fmt/interface.h"

#include <errno.h>
#include <stdio.h>

#include "base/options.h"

enum { MTU_MIN = 68, MTU_MAX = 65535, VLAN_MAX = 4094 };

static struct span text_span(const char *text)
{
	return span_of(text, strlen(text));
}

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

	if (!ip_address_parse(gateway, &address))
		return not_address(gateway, "a gateway's address", e);
	return interface_add_route(i, text_span(address.size == 4 ? "0.0.0.0/0" : "::/0"), gateway, e);
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

/* --- ifup's own words: each takes what follows it, and says how many words that was --- */

struct words {
	char **words;
	int count, at; /* at: the word that is read */
};

/* The word that follows; NULL at the end. */
static const char *following(const struct words *w, int steps)
{
	return w->at + steps < w->count ? w->words[w->at + steps] : NULL;
}

static int take_dhcp(struct interface *i, struct words *w, struct error *e)
{
	(void)w, (void)e;
	i->dhcp4 = true;
	return 0;
}

static int take_dhcp6(struct interface *i, struct words *w, struct error *e)
{
	(void)w, (void)e;
	i->dhcp6 = true;
	return 0;
}

static int take_auto6(struct interface *i, struct words *w, struct error *e)
{
	(void)w, (void)e;
	i->auto6 = true;
	return 0;
}

static int take_gateway(struct interface *i, struct words *w, struct error *e)
{
	w->at++;
	return interface_add_gateway(i, text_span(w->words[w->at]), e);
}

static int take_route(struct interface *i, struct words *w, struct error *e)
{
	const char *via = following(w, 2), *gateway = following(w, 3);
	const char *network = w->words[w->at + 1];

	if (via && strcmp(via, "via") == 0 && gateway) {
		w->at += 3;
		return interface_add_route(i, text_span(network), text_span(gateway), e);
	}
	w->at++;
	return interface_add_route(i, text_span(network), span_of(NULL, 0), e);
}

static int take_dns(struct interface *i, struct words *w, struct error *e)
{
	w->at++;
	return interface_add_dns(i, text_span(w->words[w->at]), e);
}

static int take_search(struct interface *i, struct words *w, struct error *e)
{
	const char *domain = w->words[++w->at];

	if (strlen(domain) >= sizeof(i->search) || strpbrk(domain, "\n\r"))
		return error_set(e, EINVAL, "'%s' is not a domain", domain);
	snprintf(i->search, sizeof(i->search), "%s", domain);
	return 0;
}

static int take_mtu(struct interface *i, struct words *w, struct error *e)
{
	w->at++;
	return interface_number(text_span(w->words[w->at]), MTU_MIN, MTU_MAX, "an MTU", &i->mtu, e);
}

static int take_vlan(struct interface *i, struct words *w, struct error *e)
{
	const char *on = following(w, 2), *parent = following(w, 3);

	if (!parent || strcmp(on, "on") != 0)
		return error_set(e, EINVAL, "write: vlan ID on INTERFACE");
	if (interface_number(text_span(w->words[w->at + 1]), 1, VLAN_MAX, "a VLAN's id", &i->vlan, e) < 0)
		return -e->code;
	w->at += 3;
	return interface_set_spec(i->parent, text_span(parent), e);
}

static int take_bond(struct interface *i, struct words *w, struct error *e)
{
	const char *ports = following(w, 2);

	if (!ports)
		return error_set(e, EINVAL, "write: bond MODE PORT,PORT");
	if (interface_set_bond_mode(i, w->words[w->at + 1], e) < 0)
		return -e->code;
	w->at += 2;
	return interface_set_ports(i, text_span(ports), e);
}

static const struct word {
	const char *name;
	int (*take)(struct interface *i, struct words *w, struct error *e);
	bool value; /* a word follows it */
} table[] = {
	{"dhcp", take_dhcp, false},    {"dhcp6", take_dhcp6, false}, {"auto6", take_auto6, false},
	{"gw", take_gateway, true},    {"route", take_route, true},  {"dns", take_dns, true},
	{"search", take_search, true}, {"mtu", take_mtu, true},      {"vlan", take_vlan, true},
	{"bond", take_bond, true},
};

static int take_word(struct interface *i, struct words *w, struct error *e)
{
	const char *word = w->words[w->at];

	for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++) {
		if (strcmp(word, table[row].name) != 0)
			continue;
		if (table[row].value && !following(w, 1))
			return error_set(e, EINVAL, "%s: what follows it is missing", word);
		return table[row].take(i, w, e);
	}
	if (strpbrk(word, ".:"))
		return interface_add_address(i, text_span(word), e);
	return error_set(e, EINVAL, "unknown word '%s'", word);
}

int interface_parse(char **words, int count, struct interface_list *list, struct error *e)
{
	struct words w = {words, count, 1};
	struct interface *i = &list->interfaces[0];

	if (count && strchr(words[0], '='))
		return interface_parse_dracut(words, count, list, e);
	memset(list, 0, sizeof(*list));
	list->count = 1;
	if (interface_set_spec(i->spec, text_span(count ? words[0] : ""), e) < 0)
		return -e->code;
	for (; w.at < count; w.at++)
		if (take_word(i, &w, e) < 0)
			return -e->code;
	if (i->vlan && i->port_count)
		return error_set(e, EINVAL, "%s cannot be both a VLAN and a bond", i->spec);
	return 0;
}
