#include "net/route.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

enum { DISCARD_PORT = 9 };

static uint8_t family_of(const struct ip_prefix *address)
{
	return address->size == 4 ? AF_INET : AF_INET6;
}

static bool take_address(struct span attribute, struct ip_prefix *out)
{
	if (attribute.size != 4 && attribute.size != 16)
		return false;
	out->size = (uint8_t)attribute.size;
	memcpy(out->bytes, attribute.data, attribute.size);
	return true;
}

/* --- addresses --- */

static void put_broadcast(struct netlink_request *request, const struct ip_prefix *address)
{
	uint8_t bytes[4];

	if (address->size != 4 || address->length > 30)
		return;
	put_be32(bytes, get_be32(address->bytes) | (uint32_t)(0xffffffffull >> address->length));
	netlink_put(request, IFA_BROADCAST, bytes, sizeof(bytes));
}

int address_add(struct rtnl *r, const struct link *link, const struct ip_prefix *address, struct error *e)
{
	const struct ifaddrmsg body = {
		.ifa_family = family_of(address), .ifa_prefixlen = address->length, .ifa_index = (uint32_t)link->index};
	struct netlink_request request;
	char text[IP_TEXT];

	netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
	netlink_put(&request, IFA_LOCAL, address->bytes, address->size);
	netlink_put(&request, IFA_ADDRESS, address->bytes, address->size);
	put_broadcast(&request, address);
	if (address->size == 16)
		netlink_put_u32(&request, IFA_FLAGS, IFA_F_NODAD);
	if (rtnl_request(r, &request, e) < 0)
		return error_context(e, "%s: address %s", link->name, ip_prefix_text(address, text));
	return 0;
}

struct address_walk {
	int (*visit)(void *context, const struct address *address);
	void *context;
};

static int walk_address(void *context, const struct netlink_message *message)
{
	const struct address_walk *walk = context;
	struct address address = {.index = 0};
	struct ifaddrmsg body;
	struct span attributes, local;
	uint32_t flags;

	if (message->type != RTM_NEWADDR || message->body.size < sizeof(body))
		return 0;
	memcpy(&body, message->body.data, sizeof(body));
	attributes = span_part(message->body, sizeof(body), message->body.size - sizeof(body));
	local = netlink_attribute(attributes, IFA_LOCAL);
	if (!take_address(local.size ? local : netlink_attribute(attributes, IFA_ADDRESS), &address.prefix))
		return 0;
	flags = netlink_u32(netlink_attribute(attributes, IFA_FLAGS)) | body.ifa_flags;
	address.index = (int)body.ifa_index;
	address.prefix.length = body.ifa_prefixlen;
	address.usable = body.ifa_scope == RT_SCOPE_UNIVERSE && !(flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
	address.given = flags & IFA_F_PERMANENT;
	return walk->visit(walk->context, &address);
}

int address_each(struct rtnl *r, int (*visit)(void *context, const struct address *address), void *context,
		 struct error *e)
{
	const struct ifaddrmsg all = {.ifa_family = AF_UNSPEC};
	struct address_walk walk = {visit, context};
	struct netlink_request request;

	netlink_begin(&request, RTM_GETADDR, 0, &all, sizeof(all));
	return rtnl_dump(r, &request, walk_address, &walk, e);
}

int address_remove(struct rtnl *r, const struct address *address, struct error *e)
{
	const struct ifaddrmsg body = {.ifa_family = family_of(&address->prefix),
				       .ifa_prefixlen = address->prefix.length,
				       .ifa_index = (uint32_t)address->index};
	struct netlink_request request;
	char text[IP_TEXT];

	netlink_begin(&request, RTM_DELADDR, 0, &body, sizeof(body));
	netlink_put(&request, IFA_LOCAL, address->prefix.bytes, address->prefix.size);
	if (rtnl_request(r, &request, e) < 0)
		return error_context(e, "removing the address %s", ip_prefix_text(&address->prefix, text));
	return 0;
}

/* --- routes --- */

int route_set(struct rtnl *r, const struct link *link, const struct route *route, struct error *e)
{
	const bool direct = !route->gateway.size || ip_is_any(&route->gateway);
	const struct rtmsg body = {.rtm_family = family_of(&route->network),
				   .rtm_dst_len = route->network.length,
				   .rtm_table = RT_TABLE_MAIN,
				   .rtm_protocol = RTPROT_STATIC,
				   .rtm_scope = direct && route->network.size == 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
				   .rtm_type = RTN_UNICAST,
				   .rtm_flags = direct ? 0 : RTNH_F_ONLINK};
	struct netlink_request request;
	char text[IP_TEXT];

	netlink_begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
	if (route->network.length)
		netlink_put(&request, RTA_DST, route->network.bytes, route->network.size);
	if (!direct)
		netlink_put(&request, RTA_GATEWAY, route->gateway.bytes, route->gateway.size);
	netlink_put_u32(&request, RTA_OIF, (uint32_t)link->index);
	if (rtnl_request(r, &request, e) < 0)
		return error_context(e, "%s: route to %s", link->name, ip_prefix_text(&route->network, text));
	return 0;
}

struct route_walk {
	int (*visit)(void *context, const struct route *route);
	void *context;
};

static int walk_route(void *context, const struct netlink_message *message)
{
	const struct route_walk *walk = context;
	struct route route = {.index = 0};
	struct span attributes;
	struct rtmsg body;

	if (message->type != RTM_NEWROUTE || message->body.size < sizeof(body))
		return 0;
	memcpy(&body, message->body.data, sizeof(body));
	attributes = span_part(message->body, sizeof(body), message->body.size - sizeof(body));
	if (body.rtm_table != RT_TABLE_MAIN || body.rtm_type != RTN_UNICAST)
		return 0;
	route.network.size = body.rtm_family == AF_INET ? 4 : 16;
	take_address(netlink_attribute(attributes, RTA_DST), &route.network);
	route.network.length = body.rtm_dst_len;
	take_address(netlink_attribute(attributes, RTA_GATEWAY), &route.gateway);
	route.index = (int)netlink_u32(netlink_attribute(attributes, RTA_OIF));
	return walk->visit(walk->context, &route);
}

int route_each(struct rtnl *r, int (*visit)(void *context, const struct route *route), void *context, struct error *e)
{
	const struct rtmsg all = {.rtm_family = AF_UNSPEC};
	struct route_walk walk = {visit, context};
	struct netlink_request request;

	netlink_begin(&request, RTM_GETROUTE, 0, &all, sizeof(all));
	return rtnl_dump(r, &request, walk_route, &walk, e);
}

/* --- neighbours --- */

struct neighbour_search {
	const struct link *link;
	const struct ip_prefix *address;
	bool found;
};

static int match_neighbour(void *context, const struct netlink_message *message)
{
	struct neighbour_search *s = context;
	struct ip_prefix address = {.size = 0};
	struct ndmsg body;

	if (message->type != RTM_NEWNEIGH || message->body.size < sizeof(body))
		return 0;
	memcpy(&body, message->body.data, sizeof(body));
	if (body.ndm_ifindex != s->link->index ||
	    !(body.ndm_state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)))
		return 0;
	take_address(
		netlink_attribute(span_part(message->body, sizeof(body), message->body.size - sizeof(body)), NDA_DST),
		&address);
	if (address.size == s->address->size && memcmp(address.bytes, s->address->bytes, address.size) == 0)
		s->found = true;
	return 0;
}

/* A datagram to the discard port: before it can leave, the kernel asks who has the address. */
static void knock(const struct link *link, const struct ip_prefix *address)
{
	int fd CLEANUP(close_fd) = socket(family_of(address), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(DISCARD_PORT)};
	struct sockaddr_in6 to6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(DISCARD_PORT), .sin6_scope_id = (uint32_t)link->index};
	ssize_t sent;

	if (fd < 0)
		return;
	memcpy(&to4.sin_addr, address->bytes, sizeof(to4.sin_addr));
	memcpy(&to6.sin6_addr, address->bytes, sizeof(to6.sin6_addr));
	setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, link->name, sizeof(link->name));
	if (address->size == 4)
		sent = sendto(fd, "", 0, MSG_DONTWAIT, (const struct sockaddr *)&to4, sizeof(to4));
	else
		sent = sendto(fd, "", 0, MSG_DONTWAIT, (const struct sockaddr *)&to6, sizeof(to6));
	(void)sent; /* What counts is whether the neighbour answers. */
}

int neighbour_answers(struct rtnl *r, const struct link *link, const struct ip_prefix *address, struct error *e)
{
	const struct ndmsg all = {.ndm_family = family_of(address)};
	struct neighbour_search s = {link, address, false};
	struct netlink_request request;
	int result;

	netlink_begin(&request, RTM_GETNEIGH, 0, &all, sizeof(all));
	result = rtnl_dump(r, &request, match_neighbour, &s, e);
	if (result == 0 && !s.found)
		knock(link, address);
	return result < 0 ? result : s.found;
}
