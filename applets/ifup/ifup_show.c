#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ifup/ifup_parts.h"
#include "net/route.h"
#include "sys/file.h"

enum { MOST = 64 };

struct list {
	struct link links[MOST];
	unsigned count;
};

static int keep(void *context, const struct link *link)
{
	struct list *list = context;

	if (list->count < MOST)
		list->links[list->count++] = *link;
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

static int show_link(struct rtnl *r, struct link *link, struct error *e)
{
	int result;

	printf("%s: %02x:%02x:%02x:%02x:%02x:%02x, %s, %s, MTU %u", link->name, link->mac[0], link->mac[1],
	       link->mac[2], link->mac[3], link->mac[4], link->mac[5], link->up ? "up" : "down",
	       link->carrier ? "carrier" : "no carrier", link->mtu);
	printf("%s%s\n", link->kind[0] ? ", " : "", link->kind);
	result = address_each(r, show_address, link, e);
	return result < 0 ? result : route_each(r, show_route, link, e);
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

static int show_named(struct rtnl *r, const char *spec, struct error *e)
{
	struct link link;
	int result = link_find(r, spec, &link, e);

	if (result == -ENODEV)
		return error_set(e, ENODEV, "%s: no such interface", spec);
	return result < 0 ? result : show_link(r, &link, e);
}

static int show_all(struct rtnl *r, struct error *e)
{
	struct list list = {.count = 0};
	int result = link_each(r, keep, &list, e);

	for (unsigned i = 0; i < list.count && result == 0; i++)
		result = show_link(r, &list.links[i], e);
	return result;
}

int ifup_show(const char *spec, struct error *e)
{
	struct rtnl rtnl;
	int result = rtnl_open(&rtnl, e);

	if (result < 0)
		return result;
	result = spec ? show_named(&rtnl, spec, e) : show_all(&rtnl, e);
	if (result == 0)
		show_resolver();
	rtnl_close(&rtnl);
	return result;
}
