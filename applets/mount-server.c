#include <errno.h>

#include "applet.h"
#include "fmt/mount_source.h"
#include "net/server_mount.h"
#include "shared/mount_request.h"
#include "sys/clock.h"

enum { NAME_MS = 30000 }; /* for finding a server's address */

static int run(int argc, char **argv)
{
	struct mount_request request = {.type = NULL};
	struct error e = {.code = 0};
	int result = mount_request_parse(&request, argc, argv, &e);

	if (result < 0)
		return applet_stop(result, &e);
	if (result == 0)
		return applet_usage("missing SOURCE and DIR");
	if (!request.type || !is_server_type(request.type))
		return applet_usage("missing -t nfs or -t cifs");
	if (server_mount(request.source, request.dir, request.type, &request.options, clock_ms() + NAME_MS, &e) < 0)
		return applet_error(&e);
	return STATUS_DONE;
}

const struct applet applet_mount_server = {
	.name = "mount-server",
	.usage = "-t TYPE [-o OPTIONS] [-r] [-w] SOURCE DIR",
	.help = "What 'mount' runs for -t nfs (SOURCE is HOST:/PATH) and -t cifs (//HOST/SHARE): finds the host's "
		"address\n"
		"and mounts with the kernel's client, without a helper program.",
	.options = mount_request_options,
	.run = run,
};
