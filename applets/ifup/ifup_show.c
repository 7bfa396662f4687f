#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ifup/ifup_parts.h"
#include "net/route.h"
#include "sys/file.h"

/* What is printed about one interface. */
struct show {
	struct rtnl rtnl;
	const char *name; /* or NULL */
	struct link links[64];
	unsigned count;
};

static int keep(void *context, const struct link *link)
{
	struct show *s = context;

	if (s->count < sizeof(s->links) / sizeof(s->links[0]) && (!s->name || strcmp(s->name, link->name) == 0))
		s->links[s->count++] = *link;
	return 0;
}

static int show_address(void *context, const struct address *address)
{
	const struct link *link = context;
	char text[IP_TEXT];

	if (address->index == link->index)
		printf("  address %s%s\n", ip_prefix_text(&address->prefix, text),
		       address->given ? "" : " (automatic)");
	return 0;
}

static int show_route(void *context, const struct route *route)
{
	const struct link *link = context;
	char network[IP_TEXT], gateway[IP_TEXT];

	if (route->index != link->index)
		return 0;
	printf("  route %s", route->network.length ? ip_prefix_text(&route->network, network) : "default");
	if (route->gateway.size)
		printf(" via %s", ip_address_text(&route->gateway, gateway));
	putchar('\n');
	return 0;
}

static int show_link(struct show *s, struct link *link, struct error *e)
{
	int result;

	printf("%s: %02x:%02x:%02x:%02x:%02x:%02x, %s, %s, MTU %u", link->name, link->mac[0], link->mac[1],
	       link->mac[2], link->mac[3], link->mac[4], link->mac[5], link->up ? "up" : "down",
	       link->carrier ? "carrier" : "no carrier", link->mtu);
	printf("%s%s\n", link->kind[0] ? ", " : "", link->kind);
	result = address_each(&s->rtnl, show_address, link, e);
	return result < 0 ? result : route_each(&s->rtnl, show_route, link, e);
}

static void show_resolver(void)
{
	struct error ignored;
	size_t size;
	char *text;

	if (file_read("/etc/resolv.conf", 64 << 10, &text, &size, &ignored) < 0)
		return;
	for (struct span rest = span_of(text, size), line; rest.size;) {
		line = span_take_line(&rest);
		if (line.size > 7 && (memcmp(line.data, "nameser", 7) == 0 || memcmp(line.data, "search ", 7) == 0))
			printf("%.*s\n", (int)line.size, (const char *)line.data);
	}
	free(text);
}

int ifup_show(const char *name, struct error *e)
{
	static struct show s;
	int result = rtnl_open(&s.rtnl, e);

	if (result < 0)
		return result;
	s.name = name;
	result = link_each(&s.rtnl, keep, &s, e);
	if (result == 0 && name && !s.count)
		result = error_set(e, ENODEV, "%s: no such interface", name);
	for (unsigned i = 0; i < s.count && result == 0; i++)
		result = show_link(&s, &s.links[i], e);
	if (result == 0)
		show_resolver();
	rtnl_close(&s.rtnl);
	return result;
}
