/*
 * What is mounted from a server: "HOST:/PATH" (NFS), "//HOST/SHARE" (CIFS). An IPv6 address is in brackets. Pure.
 */
#ifndef FMT_MOUNT_SOURCE_H
#define FMT_MOUNT_SOURCE_H

#include <stdbool.h>

#include "base/span.h"

/* Whether a file system type comes from a server: nfs, nfs4, cifs, smb3. */
bool is_server_type(const char *type);

/* The host of a source for NFS, or an empty span if it does not have that form. */
struct span nfs_host(struct span source);

/* The same for CIFS. */
struct span cifs_host(struct span source);

/* Whether a comma-separated list has an option: "soft", or with a value if the name ends in =: "vers=". */
bool mount_has_option(const char *options, const char *name);

#endif
