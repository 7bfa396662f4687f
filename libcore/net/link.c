#include "net/link.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { MIIMON_MS = 100 };

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c | 32);

	return c && at ? (int)(at - digits) : -1;
}

bool mac_parse(const char *text, uint8_t mac[LINK_MAC])
{
	if (strlen(text) != 3 * LINK_MAC - 1)
		return false;
	for (size_t i = 0; i < LINK_MAC; i++, text += 3) {
		int high = hex_digit(text[0]), low = hex_digit(text[1]);

		if (high < 0 || low < 0 || (i + 1 < LINK_MAC && text[2] != ':'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void take_mac(struct span attribute, uint8_t mac[LINK_MAC])
{
	if (attribute.size == LINK_MAC)
		memcpy(mac, attribute.data, LINK_MAC);
}

static bool read_link(const struct netlink_message *message, struct link *link)
{
	struct ifinfomsg info;
	struct span attributes;

	memset(link, 0, sizeof(*link));
	if (message->type != RTM_NEWLINK || message->body.size < sizeof(info))
		return false;
	memcpy(&info, message->body.data, sizeof(info));
	attributes = span_part(message->body, sizeof(info), message->body.size - sizeof(info));
	link->index = info.ifi_index;
	link->ethernet = info.ifi_type == ARPHRD_ETHER;
	link->up = info.ifi_flags & IFF_UP;
	link->carrier = netlink_u8(netlink_attribute(attributes, IFLA_CARRIER));
	link->mtu = netlink_u32(netlink_attribute(attributes, IFLA_MTU));
	link->master = (int)netlink_u32(netlink_attribute(attributes, IFLA_MASTER));
	link->parent = (int)netlink_u32(netlink_attribute(attributes, IFLA_LINK));
	netlink_text(netlink_attribute(attributes, IFLA_IFNAME), link->name, sizeof(link->name));
	netlink_text(netlink_attribute(netlink_attribute(attributes, IFLA_LINKINFO), IFLA_INFO_KIND), link->kind,
		     sizeof(link->kind));
	take_mac(netlink_attribute(attributes, IFLA_ADDRESS), link->mac);
	take_mac(netlink_attribute(attributes, IFLA_PERM_ADDRESS), link->permanent);
	return true;
}

struct walk {
	int (*visit)(void *context, const struct link *link);
	void *context;
};

static int walk_message(void *context, const struct netlink_message *message)
{
	const struct walk *walk = context;
	struct link link;

	return read_link(message, &link) ? walk->visit(walk->context, &link) : 0;
}

int link_each(struct rtnl *r, int (*visit)(void *context, const struct link *link), void *context, struct error *e)
{
	const struct ifinfomsg all = {.ifi_family = AF_UNSPEC};
	struct walk walk = {visit, context};
	struct netlink_request request;

	netlink_begin(&request, RTM_GETLINK, 0, &all, sizeof(all));
	return rtnl_dump(r, &request, walk_message, &walk, e);
}

struct search {
	const char *name; /* or NULL: by the address */
	uint8_t mac[LINK_MAC];
	struct link *found;
	bool certain;
};

/* By its address: the permanent one decides; without one, hardware comes before what was made on top of it. */
static int match(void *context, const struct link *link)
{
	struct search *s = context;

	if (s->name) {
		if (strcmp(link->name, s->name) != 0)
			return 0;
		s->certain = true;
	} else if (memcmp(link->permanent, s->mac, LINK_MAC) == 0 && !link->parent) {
		s->certain = true;
	} else if (s->certain || memcmp(link->mac, s->mac, LINK_MAC) != 0 || (s->found->index && link->kind[0])) {
		return 0;
	}
	*s->found = *link;
	return 0;
}

int link_find(struct rtnl *r, const char *spec, struct link *link, struct error *e)
{
	struct search s = {.found = link};
	int result;

	memset(link, 0, sizeof(*link));
	if (!mac_parse(spec, s.mac))
		s.name = spec;
	result = link_each(r, match, &s, e);
	if (result < 0)
		return result;
	return link->index ? 0 : -ENODEV;
}

/* A request about one interface, or NULL for a new one. */
static void begin(struct netlink_request *request, uint16_t type, uint16_t flags, const struct link *link)
{
	const struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = link ? link->index : 0};

	netlink_begin(request, type, flags, &info, sizeof(info));
}

int link_set_up(struct rtnl *r, const struct link *link, bool up, struct error *e)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = link->index, .ifi_change = IFF_UP};
	struct netlink_request request;

	info.ifi_flags = up ? IFF_UP : 0;
	netlink_begin(&request, RTM_NEWLINK, 0, &info, sizeof(info));
	if (rtnl_request(r, &request, e) < 0)
		return error_context(e, "%s: setting it %s", link->name, up ? "up" : "down");
	return 0;
}

int link_set_mtu(struct rtnl *r, const struct link *link, unsigned mtu, struct error *e)
{
	struct netlink_request request;

	begin(&request, RTM_NEWLINK, 0, link);
	netlink_put_u32(&request, IFLA_MTU, mtu);
	if (rtnl_request(r, &request, e) < 0)
		return error_context(e, "%s: MTU %u", link->name, mtu);
	return 0;
}

int link_set_master(struct rtnl *r, const struct link *link, const struct link *master, struct error *e)
{
	struct netlink_request request;

	begin(&request, RTM_NEWLINK, 0, link);
	netlink_put_u32(&request, IFLA_MASTER, (uint32_t)master->index);
	if (rtnl_request(r, &request, e) < 0)
		return error_context(e, "%s: adding it to %s", link->name, master->name);
	return 0;
}

/* Ends the request for a new interface and sends it. The driver's module has the kind's name, or one like it. */
static int add_link(struct rtnl *r, struct netlink_request *request, const char *name, const char *module,
		    struct error *e)
{
	if (rtnl_request(r, request, e) == 0)
		return 0;
	error_context(e, "making %s", name);
	return e->code == EOPNOTSUPP ? error_hint(e, "Is the driver loaded? Its module is %s.", module) : -e->code;
}

int link_add_vlan(struct rtnl *r, const char *name, const struct link *parent, unsigned id, struct error *e)
{
	struct netlink_request request;
	uint32_t info, data;

	begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, NULL);
	netlink_put_text(&request, IFLA_IFNAME, name);
	netlink_put_u32(&request, IFLA_LINK, (uint32_t)parent->index);
	info = netlink_open(&request, IFLA_LINKINFO);
	netlink_put_text(&request, IFLA_INFO_KIND, "vlan");
	data = netlink_open(&request, IFLA_INFO_DATA);
	netlink_put_u16(&request, IFLA_VLAN_ID, (uint16_t)id);
	netlink_close(&request, data);
	netlink_close(&request, info);
	return add_link(r, &request, name, "8021q", e);
}

int link_add_bond(struct rtnl *r, const char *name, const struct bond_settings *settings, struct error *e)
{
	struct netlink_request request;
	uint32_t info, data;

	begin(&request, RTM_NEWLINK, NLM_F_CREATE, NULL);
	netlink_put_text(&request, IFLA_IFNAME, name);
	info = netlink_open(&request, IFLA_LINKINFO);
	netlink_put_text(&request, IFLA_INFO_KIND, "bond");
	data = netlink_open(&request, IFLA_INFO_DATA);
	/* The mode first: whether the others are allowed depends on it. */
	if (settings->mode[0])
		netlink_put_u8(&request, IFLA_BOND_MODE, (uint8_t)bond_mode(settings->mode));
	netlink_put_u32(&request, IFLA_BOND_MIIMON, settings->miimon ? settings->miimon : MIIMON_MS);
	if (settings->lacp_fast)
		netlink_put_u8(&request, IFLA_BOND_AD_LACP_RATE, 1);
	netlink_close(&request, data);
	netlink_close(&request, info);
	return add_link(r, &request, name, "bonding (with max_bonds=0)", e);
}

int link_delete(struct rtnl *r, const struct link *link, struct error *e)
{
	struct netlink_request request;

	begin(&request, RTM_DELLINK, 0, link);
	if (rtnl_request(r, &request, e) < 0)
		return error_context(e, "removing %s", link->name);
	return 0;
}
