/*
 * Mounting from a server with the kernel's clients of NFS and CIFS, without their helper programs. Sources: nfs(5),
 * mount.cifs(8), the kernel's fs/nfs/fs_context.c and fs/smb/client/fs_context.c.
 */
#ifndef NET_SERVER_MOUNT_H
#define NET_SERVER_MOUNT_H

#include <stdint.h>

#include "base/error.h"
#include "sys/mounts.h"

/*
 * Mounts it: finds the host's address, and adds what mount's helpers would have added, unless the options have it
 * already. NFS fails instead of waiting without end (soft), and is tried with versions 4.2, 4.1, 4.0 and 3; CIFS
 * with 3.1.1. CIFS' option credentials= names a file with lines username=, password=, domain=. deadline (clock_ms's
 * time) is for finding the address. Returns 0 or a negative errno; an error's text never holds a password.
 */
int server_mount(const char *source, const char *dir, const char *type, const struct mount_options *options,
		 uint64_t deadline, struct error *e);

#endif
