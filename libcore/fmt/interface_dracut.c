#include "fmt/interface_dracut.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * A word names an interface; those about the same one are joined. Bonds come first, then VLANs, then
 * the others, since each lies on those before it.
 */
enum {
	FIELDS = 10, /* of "ip=", the longest */
};

struct renamed {
	char name[INTERFACE_SPEC], mac[INTERFACE_SPEC];
};

struct dracut {
	struct interface_list *list;
	struct renamed renamed[INTERFACES]; /* ifname= */
	unsigned renamed_count;
	struct ip_prefix dns[INTERFACE_DNS]; /* nameserver=, for all interfaces */
	unsigned dns_count;
};

/* The fields of a text with colons; those in brackets (IPv6) are not split. Returns how many; those that are missing
 * are empty. The last one has the rest, with its colons. */
static size_t split(const char *text, struct span fields[FIELDS], size_t most)
{
	size_t count = 0;

	memset(fields, 0, FIELDS * sizeof(*fields));
	for (;;) {
		const char *end = text;
		int depth = 0;

		while (*end && (count + 1 == most || depth || *end != ':')) {
			depth += *end == '[' ? 1 : *end == ']' && depth ? -1 : 0;
			end++;
		}
		fields[count++] = span_of(text, (size_t)(end - text));
		if (!*end)
			return count;
		text = end + 1;
	}
}

/* The interface of that name, which is added if it was not named before. */
static struct interface *named(struct dracut *d, struct span name, struct error *e)
{
	char spec[INTERFACE_SPEC];

	if (interface_set_spec(spec, name, e) < 0)
		return NULL;
	for (unsigned i = 0; i < d->list->count; i++)
		if (strcmp(d->list->interfaces[i].spec, spec) == 0)
			return &d->list->interfaces[i];
	if (d->list->count == INTERFACES) {
		error_set(e, EINVAL, "more than %d interfaces", INTERFACES);
		return NULL;
	}
	memcpy(d->list->interfaces[d->list->count].spec, spec, sizeof(spec));
	return &d->list->interfaces[d->list->count++];
}

static int set_method(struct interface *i, struct span method, struct error *e)
{
	if (span_is(method, "dhcp") || span_is(method, "on") || span_is(method, "any") || span_is(method, "dhcp4")) {
		i->dhcp4 = true;
	} else if (span_is(method, "dhcp6")) {
		i->dhcp6 = true;
	} else if (span_is(method, "auto6") || span_is(method, "either6")) {
		i->auto6 = true;
	} else if (method.size && !span_is(method, "none") && !span_is(method, "off") && !span_is(method, "static")) {
		error_set(e, EINVAL, "'%.*s' is not a method that ifup knows", (int)method.size,
			  (const char *)method.data);
		return error_hint(e, "It knows dhcp, dhcp6, auto6, none.");
	}
	return 0;
}

/* What follows the method: MTU and MAC address, or two name servers. */
static int set_tail(struct interface *i, struct span first, struct span second, struct error *e)
{
	struct ip_prefix address;

	if (ip_address_parse(first, &address) || ip_address_parse(second, &address)) {
		if (first.size && interface_add_dns(i, first, e) < 0)
			return -e->code;
		return second.size ? interface_add_dns(i, second, e) : 0;
	}
	if (second.size) {
		error_set(e, EINVAL, "ip= with a MAC address, '%.*s', is not supported", (int)second.size,
			  (const char *)second.data);
		return error_hint(e, "Name the interface by its MAC address: ifname=NAME:MAC.");
	}
	return first.size ? interface_set_mtu(i, first, e) : 0;
}

/* The prefix length of "255.255.255.0" or "24"; without one, 0 is returned for "the host's". */
static int mask_bits(struct span mask, struct error *e)
{
	struct ip_prefix address;
	unsigned bits = 0;

	if (ip_address_parse(mask, &address) && ip_mask_length(&address) >= 0)
		return ip_mask_length(&address);
	if (mask.size && interface_number(mask, 0, 128, "a netmask", &bits, e) < 0)
		return -e->code;
	return (int)bits;
}

/* ip=ADDRESS:PEER:GATEWAY:NETMASK:HOST:INTERFACE:METHOD:... */
static int take_static(struct dracut *d, struct span f[FIELDS], struct error *e)
{
	struct interface *i = f[5].size ? named(d, f[5], e) : named(d, span_of("any", 3), e);
	int bits;

	if (!i)
		return -e->code;
	if (f[0].size) {
		if (interface_add_address(i, f[0], e) < 0)
			return -e->code;
		bits = mask_bits(f[3], e);
		if (bits < 0)
			return bits;
		if (bits > i->addresses[i->address_count - 1].size * 8)
			return error_set(e, EINVAL, "the netmask is longer than the address");
		if (bits)
			i->addresses[i->address_count - 1].length = (uint8_t)bits;
	}
	if (f[2].size && interface_add_gateway(i, f[2], e) < 0)
		return -e->code;
	if (set_method(i, f[6], e) < 0)
		return -e->code;
	return set_tail(i, f[7], f[8], e);
}

/* An address, or nothing, at the start tells the long form from INTERFACE:METHOD[:MTU[:MAC]]. */
static int take_ip(struct dracut *d, const char *value, struct error *e)
{
	struct ip_prefix address;
	struct span f[FIELDS];
	size_t count = split(value, f, 9);
	struct interface *i;

	if (count > 1 && (!f[0].size || ip_prefix_parse(f[0], &address)))
		return take_static(d, f, e);
	i = named(d, count > 1 ? f[0] : span_of("any", 3), e);
	if (!i)
		return -e->code;
	if (count == 1)
		return set_method(i, f[0], e);
	split(value, f, 4);
	return set_method(i, f[1], e) == 0 ? set_tail(i, f[2], f[3], e) : -e->code;
}

/* vlan=NAME:PARENT: the id is the digits at the name's end. */
static int take_vlan(struct dracut *d, const char *value, struct error *e)
{
	struct span f[FIELDS];
	size_t count = split(value, f, 2), at = f[0].size;
	struct interface *i;

	if (count != 2)
		return error_set(e, EINVAL, "write: vlan=NAME:INTERFACE");
	i = named(d, f[0], e);
	if (!i)
		return -e->code;
	while (at && f[0].data[at - 1] >= '0' && f[0].data[at - 1] <= '9')
		at--;
	return interface_set_vlan(i, span_part(f[0], at, f[0].size - at), f[1], e);
}

static int take_bond_option(struct interface *i, struct span option, struct error *e)
{
	const uint8_t *equals = option.size ? memchr(option.data, '=', option.size) : NULL;
	size_t head = equals ? (size_t)(equals - option.data) : option.size;
	struct span name = span_part(option, 0, head);
	struct span value = equals ? span_part(option, head + 1, option.size - head - 1) : span_of(NULL, 0);
	char mode[sizeof(i->bond.mode)];

	if (span_is(name, "mode")) {
		snprintf(mode, sizeof(mode), "%.*s", (int)value.size, (const char *)value.data);
		return interface_set_bond_mode(i, mode, e);
	}
	if (span_is(name, "miimon"))
		return interface_number(value, 1, 60000, "milliseconds for miimon", &i->bond.miimon, e);
	if (span_is(name, "lacp_rate")) {
		i->bond.lacp_fast = span_is(value, "fast") || span_is(value, "1");
		return 0;
	}
	error_set(e, EINVAL, "bond=: unknown option '%.*s'", (int)option.size, (const char *)option.data);
	return error_hint(e, "ifup knows mode, miimon, lacp_rate.");
}

/* bond=NAME[:PORTS[:OPTIONS[:MTU]]] */
static int take_bond(struct dracut *d, const char *value, struct error *e)
{
	struct span f[FIELDS];
	struct interface *i;

	split(value, f, 4);
	i = f[0].size ? named(d, f[0], e) : named(d, span_of("bond0", 5), e);
	if (!i || interface_set_ports(i, f[1].size ? f[1] : span_of("eth0,eth1", 9), e) < 0)
		return -e->code;
	while (f[2].size) {
		const uint8_t *comma = memchr(f[2].data, ',', f[2].size);
		size_t length = comma ? (size_t)(comma - f[2].data) : f[2].size;

		if (take_bond_option(i, span_part(f[2], 0, length), e) < 0)
			return -e->code;
		f[2] = comma ? span_part(f[2], length + 1, f[2].size - length - 1) : span_of(NULL, 0);
	}
	return f[3].size ? interface_set_mtu(i, f[3], e) : 0;
}

/* rd.route=NETWORK:GATEWAY[:INTERFACE] */
static int take_route(struct dracut *d, const char *value, struct error *e)
{
	struct span f[FIELDS];
	struct interface *i;

	split(value, f, 3);
	i = f[2].size ? named(d, f[2], e) : d->list->count ? &d->list->interfaces[d->list->count - 1] : NULL;
	if (!i)
		return f[2].size ? -e->code : error_set(e, EINVAL, "rd.route= comes after the ip= of its interface");
	return interface_add_route(i, f[0], f[1], e);
}

static int take_dns(struct dracut *d, const char *value, struct error *e)
{
	if (d->dns_count == INTERFACE_DNS)
		return 0; /* The resolver asks three. */
	if (!ip_address_parse(span_of(value, strlen(value)), &d->dns[d->dns_count]))
		return error_set(e, EINVAL, "'%s' is not a name server's address", value);
	d->dns_count++;
	return 0;
}

/* ifname=NAME:MAC */
static int take_name(struct dracut *d, const char *value, struct error *e)
{
	struct renamed *r = &d->renamed[d->renamed_count];
	struct span f[FIELDS];

	if (d->renamed_count == INTERFACES)
		return error_set(e, EINVAL, "more than %d interfaces", INTERFACES);
	if (split(value, f, 2) != 2)
		return error_set(e, EINVAL, "write: ifname=NAME:MAC");
	if (interface_set_spec(r->name, f[0], e) < 0 || interface_set_spec(r->mac, f[1], e) < 0)
		return -e->code;
	d->renamed_count++;
	return 0;
}

/* Where a text names an interface that ifname= gave a name, its MAC address stands from now on. */
static void rename_spec(const struct dracut *d, char spec[INTERFACE_SPEC])
{
	for (unsigned i = 0; i < d->renamed_count; i++)
		if (strcmp(spec, d->renamed[i].name) == 0)
			memcpy(spec, d->renamed[i].mac, INTERFACE_SPEC);
}

/* Bonds, then VLANs, then the rest: an insertion sort that keeps the order among equals. */
static int rank(const struct interface *i)
{
	return i->port_count ? 0 : i->vlan ? 1 : 2;
}

static void finish(struct dracut *d)
{
	struct interface *list = d->list->interfaces, one;

	for (unsigned i = 1; i < d->list->count; i++)
		for (unsigned k = i; k > 0 && rank(&list[k]) < rank(&list[k - 1]); k--) {
			one = list[k];
			list[k] = list[k - 1];
			list[k - 1] = one;
		}
	for (unsigned i = 0; i < d->list->count; i++) {
		rename_spec(d, list[i].spec);
		rename_spec(d, list[i].parent);
		for (unsigned p = 0; p < list[i].port_count; p++)
			rename_spec(d, list[i].ports[p]);
		for (unsigned n = 0; n < d->dns_count && list[i].dns_count < INTERFACE_DNS; n++)
			list[i].dns[list[i].dns_count++] = d->dns[n];
	}
}

static const struct {
	const char *name;
	int (*take)(struct dracut *d, const char *value, struct error *e);
} table[] = {{"ip=", take_ip},          {"vlan=", take_vlan},      {"bond=", take_bond},
	     {"rd.route=", take_route}, {"nameserver=", take_dns}, {"ifname=", take_name}};

static int take_word(struct dracut *d, const char *word, struct error *e)
{
	for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++) {
		size_t length = strlen(table[row].name);

		if (strncmp(word, table[row].name, length) != 0)
			continue;
		if (table[row].take(d, word + length, e) < 0)
			return error_context(e, "%s", word);
		return 0;
	}
	error_set(e, EINVAL, "unknown word '%s'", word);
	return error_hint(e, "Of dracut's, ifup knows ip=, bond=, vlan=, rd.route=, nameserver=, ifname=.");
}

int interface_parse_dracut(char **words, int count, struct interface_list *list, struct error *e)
{
	struct dracut d = {.list = list};

	memset(list, 0, sizeof(*list));
	for (int i = 0; i < count; i++)
		if (take_word(&d, words[i], e) < 0)
			return -e->code;
	finish(&d);
	if (list->count == 0)
		return error_set(e, EINVAL, "no interface is named: ip= is missing");
	return 0;
}
