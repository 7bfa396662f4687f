/*
 * Requests to the kernel's routing socket: rtnetlink(7). One socket, one request at a time.
 */
#ifndef NET_RTNL_H
#define NET_RTNL_H

#include <stdint.h>

#include "base/error.h"
#include "fmt/netlink.h"

struct rtnl {
	int fd; /* -1: closed */
	uint32_t sequence;
};

/* Opens the socket. Returns 0 or a negative errno. The caller calls rtnl_close. */
int rtnl_open(struct rtnl *r, struct error *e);
void rtnl_close(struct rtnl *r);

/*
 * Sends a request and waits for the kernel's acknowledgement. Returns 0, or a negative errno with the kernel's own
 * words, where it has some, as the error's text.
 */
int rtnl_request(struct rtnl *r, struct netlink_request *request, struct error *e);

/*
 * Sends a request for a list (flags with NLM_F_DUMP) and passes each message to visit, which returns 0 to go on;
 * anything else is returned at the end of the list. Returns 0 or a negative errno.
 */
int rtnl_dump(struct rtnl *r, struct netlink_request *request,
	      int (*visit)(void *context, const struct netlink_message *message), void *context, struct error *e);

#endif
