#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "base/cleanup.h"
#include "fmt/interface_words.h"
#include "ifup/ifup_parts.h"
#include "net/router_advert.h"
#include "sys/clock.h"

enum { DEFAULT_MS = 90000 }; /* a switch's spanning tree takes up to 50 s */

static const struct option options[] = {
	{'t', "timeout", "SECONDS", "maximum wait for everything together (default 90; with suffix s, m or h)"},
	{256, "show", NULL, "show interfaces, addresses, routes and name servers, and change nothing"},
	{0},
};

/* Prints the result in one line: what a person reads first if the next step fails. */
static void say_result(const struct ifup *u)
{
	const struct interface *from[] = {u->wanted, &u->got};
	char line[256] = "", text[IP_TEXT];
	size_t used = 0;

	for (size_t i = 0; i < 2; i++) {
		for (unsigned a = 0; a < from[i]->address_count && used < sizeof(line) - IP_TEXT - 8; a++)
			used += (size_t)snprintf(line + used, sizeof(line) - used, " %s",
						 ip_prefix_text(&from[i]->addresses[a], text));
		for (unsigned r = 0; r < from[i]->route_count && used < sizeof(line) - IP_TEXT - 8; r++)
			if (!from[i]->routes[r].network.length)
				used += (size_t)snprintf(line + used, sizeof(line) - used, " gw %s",
							 ip_address_text(&from[i]->routes[r].gateway, text));
	}
	applet_say("%s is up:%s (%u.%u s)", u->link.name, used ? line : " no address",
		   (unsigned)((clock_ms() - u->start) / 1000), (unsigned)((clock_ms() - u->start) % 1000 / 100));
}

static int bring_up(struct ifup *u, struct error *e)
{
	int result = ifup_link(u, e);

	if (result == 0)
		result = ifup_addresses(u, e);
	if (result == 0)
		result = ifup_reach(u, e);
	if (result == 0)
		result = ifup_resolver(u, e);
	if (result == 0)
		say_result(u);
	return result;
}

static int bring_up_all(const struct interface_list *list, uint64_t ms, struct error *e)
{
	struct ifup u = {.start = clock_ms()};
	int result = rtnl_open(&u.rtnl, e);

	u.deadline = u.start + ms;
	for (unsigned i = 0; i < list->count && result == 0; i++) {
		int advertised CLEANUP(close_fd) = -1;

		memset(&u.got, 0, sizeof(u.got));
		u.wanted = &list->interfaces[i];
		if (u.wanted->auto6 || u.wanted->dhcp6) {
			advertised = router_advert_open(e);
			result = advertised < 0 ? advertised : 0;
		}
		u.advertised = advertised;
		if (result == 0)
			result = bring_up(&u, e);
	}
	if (u.rtnl.fd >= 0)
		rtnl_close(&u.rtnl);
	return result;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	struct interface_list list;
	uint64_t ms = DEFAULT_MS;
	int id, count = 0, show = 0;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		if (id == OPTION_OPERAND)
			argv[count++] = argv[o.index - 1];
		else if (id == 256)
			show = 1;
		else if (duration_parse(o.value, &ms, &e) < 0)
			return applet_usage_error(&e);
	}
	if (show)
		return ifup_show(count ? argv[0] : NULL, &e) < 0 ? applet_error(&e) : STATUS_DONE;
	if (count == 0)
		return applet_usage("missing INTERFACE");
	if (interface_parse(argv, count, &list, &e) < 0)
		return applet_usage_error(&e);
	return bring_up_all(&list, ms, &e) < 0 ? applet_error(&e) : STATUS_DONE;
}

const struct applet applet_ifup = {
	.name = "ifup",
	.usage = "[-t SECONDS] [--show] INTERFACE [WORD...] | DRACUT-WORD...",
	.help = "Brings up a network interface, named by its name or MAC address, or \"any\": waits for it, for its\n"
		"carrier, for its addresses, and until its gateway answers. WORDs:\n"
		"  ADDRESS/LENGTH, gw ADDRESS, route NETWORK [via ADDRESS], dns ADDRESS, search DOMAIN, mtu BYTES,\n"
		"  dhcp, dhcp6, auto6 (by router advertisements),\n"
		"  vlan ID on INTERFACE, bond MODE PORT,PORT...\n"
		"Or the words of dracut's command line: ip=, bond=, vlan=, rd.route=, nameserver=, ifname=.",
	.options = options,
	.run = run,
};
