/* The command line of mount and of mount-server, which takes the same. */
#ifndef SHARED_MOUNT_REQUEST_H
#define SHARED_MOUNT_REQUEST_H

#include "base/options.h"
#include "sys/mounts.h"

/* type is NULL if none was given. All but options is borrowed from argv. */
struct mount_request {
	const char *type, *source, *dir;
	struct mount_options options;
};

extern const struct option mount_request_options[];

/* Reads a command line. Returns how many operands it has: 0 or 2; or a negative id for applet_stop. */
int mount_request_parse(struct mount_request *request, int argc, char **argv, struct error *e);

#endif
