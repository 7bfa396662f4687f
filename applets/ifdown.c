#include <errno.h>
#include <string.h>

#include "applet.h"
#include "net/route.h"

enum { MOST = 32 };

static const struct option options[] = {{0}};

/* The addresses of one interface. */
struct found {
	int index;
	struct address addresses[MOST];
	unsigned count;
};

static int keep(void *context, const struct address *address)
{
	struct found *found = context;

	if (address->index == found->index && found->count < MOST)
		found->addresses[found->count++] = *address;
	return 0;
}

/* Without its addresses the kernel drops its routes too. A link-local one goes by itself. */
static int remove_addresses(struct rtnl *r, const struct link *link, struct error *e)
{
	struct found found = {.index = link->index};
	int result = address_each(r, keep, &found, e);

	for (unsigned i = 0; i < found.count && result == 0; i++)
		if (found.addresses[i].usable)
			result = address_remove(r, &found.addresses[i], e);
	return result;
}

static int bring_down(struct rtnl *r, const char *spec, struct error *e)
{
	struct link link;
	int result = link_find(r, spec, &link, e);

	if (result == -ENODEV)
		return error_set(e, ENODEV, "%s: no such interface", spec);
	if (result == 0)
		result = remove_addresses(r, &link, e);
	if (result == 0)
		result = link_set_up(r, &link, false, e);
	if (result == 0 && (strcmp(link.kind, "vlan") == 0 || strcmp(link.kind, "bond") == 0))
		result = link_delete(r, &link, e);
	return result;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	int id, count = 0, status = STATUS_DONE;
	struct rtnl rtnl;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		argv[count++] = argv[o.index - 1];
	}
	if (count == 0)
		return applet_usage("missing INTERFACE");
	if (rtnl_open(&rtnl, &e) < 0)
		return applet_error(&e);
	for (int i = 0; i < count; i++)
		if (bring_down(&rtnl, argv[i], &e) < 0)
			status = applet_error(&e);
	rtnl_close(&rtnl);
	return status;
}

const struct applet applet_ifdown = {
	.name = "ifdown",
	.usage = "INTERFACE...",
	.help = "Takes each INTERFACE (a name or MAC address) down: removes its addresses and routes, and the "
		"interface\n"
		"itself if it is a VLAN or a bond.",
	.options = options,
	.run = run,
};
