#include "net/rtnl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270 /* musl's <sys/socket.h> has it, older ones do not */
#endif

enum {
	RECEIVE_MAX = 32 << 10, /* what the kernel puts into one datagram of a list, at the most */
	ANSWER_SECONDS = 10,    /* it answers at once; this is against a hang */
};

int rtnl_open(struct rtnl *r, struct error *e)
{
	const struct timeval limit = {.tv_sec = ANSWER_SECONDS};
	const int on = 1;

	r->sequence = 0;
	r->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (r->fd < 0)
		return error_errno(e, "opening the routing socket");
	/* Both only make messages better: an old kernel does without. */
	setsockopt(r->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(r->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return 0;
}

void rtnl_close(struct rtnl *r)
{
	close_fd(&r->fd);
}

static int send_request(struct rtnl *r, struct netlink_request *request, uint16_t flags, struct error *e)
{
	struct nlmsghdr header;

	if (request->overflow)
		return error_set(e, E2BIG, "the request to the kernel is too long");
	memcpy(&header, request->bytes, sizeof(header));
	header.nlmsg_seq = ++r->sequence;
	header.nlmsg_flags |= flags;
	memcpy(request->bytes, &header, sizeof(header));
	if (send(r->fd, request->bytes, request->used, 0) != (ssize_t)request->used)
		return error_errno(e, "asking the kernel");
	return 0;
}

/* What the kernel says about a request: an errno, 0 for done; and in words, after the request's header. */
static int read_verdict(const struct netlink_message *message, struct error *e)
{
	const size_t header = sizeof(struct nlmsghdr);
	struct span words = {.size = 0};
	char text[128];
	int32_t code = 0;

	if (message->body.size < sizeof(code) + header)
		return error_set(e, EPROTO, "the kernel's answer is cut short");
	memcpy(&code, message->body.data, sizeof(code));
	if (code == 0)
		return 0;
	if (message->flags & NLM_F_ACK_TLVS)
		words = netlink_attribute(
			span_part(message->body, sizeof(code) + header, message->body.size - sizeof(code) - header),
			NLMSGERR_ATTR_MSG);
	errno = code < 0 && code > -4096 ? -code : EPROTO;
	code = errno;
	netlink_text(words, text, sizeof(text));
	if (text[0])
		return error_set(e, code, "%s (%s)", strerror(code), text);
	return error_set(e, code, "%s", strerror(code));
}

/* Passes the messages of one datagram on. Returns 1 when the answer is complete. */
static int take_messages(struct rtnl *r, struct span received,
			 int (*visit)(void *context, const struct netlink_message *message), void *context, int *result,
			 struct error *e)
{
	struct netlink_message message;

	while (netlink_next(&received, &message)) {
		if (message.sequence != r->sequence)
			continue;
		if (message.type == NLMSG_DONE)
			return 1;
		if (message.type == NLMSG_ERROR) {
			int verdict = read_verdict(&message, e);

			*result = verdict < 0 ? verdict : *result;
			return 1;
		}
		if (visit && *result == 0)
			*result = visit(context, &message);
	}
	return 0;
}

static int receive(struct rtnl *r, int (*visit)(void *context, const struct netlink_message *message), void *context,
		   struct error *e)
{
	uint8_t *buffer CLEANUP(free_ptr) = malloc(RECEIVE_MAX);
	int result = 0, done = 0;

	if (!buffer)
		return error_set(e, ENOMEM, "no memory");
	while (!done) {
		ssize_t got = recv(r->fd, buffer, RECEIVE_MAX, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(e, "the kernel's answer");
		done = take_messages(r, span_of(buffer, (size_t)got), visit, context, &result, e);
	}
	return result;
}

int rtnl_request(struct rtnl *r, struct netlink_request *request, struct error *e)
{
	int result = send_request(r, request, NLM_F_ACK, e);

	return result < 0 ? result : receive(r, NULL, NULL, e);
}

int rtnl_dump(struct rtnl *r, struct netlink_request *request,
	      int (*visit)(void *context, const struct netlink_message *message), void *context, struct error *e)
{
	int result = send_request(r, request, NLM_F_DUMP, e);

	return result < 0 ? result : receive(r, visit, context, e);
}
