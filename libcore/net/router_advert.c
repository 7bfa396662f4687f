#include "net/router_advert.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fmt/nd_options.h"
#include "sys/file.h"

/* The kernel's net/ipv6/ and include/net/if_inet6.h: bits of IFLA_INET6_FLAGS. */
enum { FLAG_OTHER = 0x80, FLAG_MANAGED = 0x40, FLAG_RECEIVED = 0x20 };

enum { DATAGRAM_MAX = 4096 };

int router_advert_open(struct error *e)
{
	const struct sockaddr_nl at = {.nl_family = AF_NETLINK, .nl_groups = 1u << (RTNLGRP_ND_USEROPT - 1)};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return error_errno(e, "opening the routing socket");
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
		error_errno(e, "listening for router advertisements");
		close(fd);
		return -e->code;
	}
	return fd;
}

static unsigned take_message(const struct netlink_message *message, const struct link *link, struct ip_prefix *servers,
			     unsigned max)
{
	struct nduseroptmsg body;

	if (message->type != RTM_NEWNDUSEROPT || message->body.size < sizeof(body))
		return 0;
	memcpy(&body, message->body.data, sizeof(body));
	if (body.nduseropt_ifindex != link->index)
		return 0;
	return nd_name_servers(span_part(message->body, sizeof(body), body.nduseropt_opts_len), servers, max);
}

unsigned router_advert_servers(int fd, const struct link *link, struct ip_prefix *servers, unsigned max)
{
	struct netlink_message message;
	uint8_t datagram[DATAGRAM_MAX];
	unsigned count = 0;
	ssize_t got;

	while (count < max && (got = recv(fd, datagram, sizeof(datagram), MSG_DONTWAIT)) > 0) {
		struct span received = span_of(datagram, (size_t)got);

		while (netlink_next(&received, &message))
			count += take_message(&message, link, servers + count, max - count);
	}
	return count;
}

struct flag_search {
	const struct link *link;
	uint32_t flags;
};

static int match_flags(void *context, const struct netlink_message *message)
{
	struct flag_search *s = context;
	struct ifinfomsg info;
	struct span inet6;

	if (message->type != RTM_NEWLINK || message->body.size < sizeof(info))
		return 0;
	memcpy(&info, message->body.data, sizeof(info));
	if (info.ifi_index != s->link->index)
		return 0;
	inet6 = netlink_attribute(span_part(message->body, sizeof(info), message->body.size - sizeof(info)),
				  IFLA_PROTINFO);
	s->flags = netlink_u32(netlink_attribute(inet6, IFLA_INET6_FLAGS));
	return 0;
}

int router_advert_flags(struct rtnl *r, const struct link *link, struct router_flags *flags, struct error *e)
{
	const struct ifinfomsg all = {.ifi_family = AF_INET6};
	struct flag_search s = {link, 0};
	struct netlink_request request;
	int result;

	netlink_begin(&request, RTM_GETLINK, 0, &all, sizeof(all));
	result = rtnl_dump(r, &request, match_flags, &s, e);
	flags->received = s.flags & FLAG_RECEIVED;
	flags->managed = s.flags & FLAG_MANAGED;
	flags->other = s.flags & FLAG_OTHER;
	return result;
}

/* A kernel without that setting does as it does. */
static void set(const struct link *link, const char *name, const char *value)
{
	struct error ignored;
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", link->name, name);
	file_write_text(path, value, &ignored);
}

void router_advert_solicit(const struct link *link)
{
	set(link, "accept_ra", "2");
	set(link, "autoconf", "1");
	/* IPv6 starts anew on the interface, with a solicitation. */
	set(link, "disable_ipv6", "1");
	set(link, "disable_ipv6", "0");
}
