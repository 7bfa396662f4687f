/*
 * Network targets as the dialects write them, split into parts, which so far only messages use.
 */
#ifndef INITRAMFS_DIALECT_REMOTE_H
#define INITRAMFS_DIALECT_REMOTE_H

#include "text/buffer.h"

struct remote {
	char scheme[8]; /* "nfs", "ssh", "sftp", "ftp", "cifs", "file" */
	char user[128], password[128];
	char host[256]; /* a name or an address; an IPv6 one without its brackets */
	unsigned port;  /* 0: the protocol's default */
	char path[1024];
};

/*
 * Each returns NULL, or what is wrong with the text.
 *
 * "SCHEME://[USER[:PASSWORD]@]HOST[:PORT]/PATH", and "file:///PATH"; scp is sftp, smb is cifs.
 */
const char *remote_from_url(struct remote *remote, const char *text);
/* "HOST:PATH", as NFS and Debian's FTP write it; the path is "/" if there is none. */
const char *remote_from_mount(struct remote *remote, const char *scheme, const char *text);
/* "USER@HOST", as for ssh. */
const char *remote_from_login(struct remote *remote, const char *text);

/* Writes the URL, without the password. */
void remote_print(struct buffer *out, const struct remote *remote);

#endif
