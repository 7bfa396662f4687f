#include "net/dhcp6_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "sys/clock.h"

enum {
	FIRST_MS = 1000,
	LONGEST_MS = 8000,
	REQUESTS = 3, /* for one advertisement */
	DATAGRAM_MAX = 2048,
};

struct exchange {
	const struct link *link;
	int fd;
	uint64_t start, deadline;
	struct dhcp6_client client;
	unsigned refused; /* the last status that a server gave instead of an address */
};

static void exchange_close(struct exchange *x)
{
	close_fd(&x->fd);
}

static int open_socket(struct exchange *x, struct error *e)
{
	const struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(DHCP6_CLIENT_PORT)};
	const int on = 1;

	x->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return error_errno(e, "opening a socket for DHCPv6");
	if (setsockopt(x->fd, SOL_SOCKET, SO_BINDTODEVICE, x->link->name, sizeof(x->link->name)) != 0 ||
	    setsockopt(x->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0 ||
	    bind(x->fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
		return error_errno(e, "%s: socket for DHCPv6", x->link->name);
	return 0;
}

/* The link-local address may still be under duplicate address detection: the next attempt may pass. */
static void send_message(struct exchange *x, enum dhcp6_type type, const struct dhcp6_reply *offer)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
				  .sin6_port = htons(DHCP6_SERVER_PORT),
				  .sin6_scope_id = (uint32_t)x->link->index};
	uint64_t centiseconds = (clock_ms() - x->start) / 10;
	uint8_t message[DHCP6_MAX];
	size_t size;
	ssize_t sent;

	/* ff02::1:2, all relay agents and servers. */
	to.sin6_addr.s6_addr[0] = 0xff;
	to.sin6_addr.s6_addr[1] = 0x02;
	to.sin6_addr.s6_addr[13] = 1;
	to.sin6_addr.s6_addr[15] = 2;
	x->client.centiseconds = (uint16_t)(centiseconds < 0xffff ? centiseconds : 0xffff);
	size = dhcp6_write(&x->client, type, offer, message);
	sent = sendto(x->fd, message, size, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof(to));
	(void)sent;
}

/* Waits until a time for an answer of that type. Returns 1, 0 when the time is up, or a negative errno. */
static int receive(struct exchange *x, enum dhcp6_type type, uint64_t until, struct dhcp6_reply *reply, struct error *e)
{
	uint8_t message[DATAGRAM_MAX];

	for (;;) {
		struct pollfd ready = {.fd = x->fd, .events = POLLIN};
		uint64_t now = clock_ms();
		ssize_t got;

		if (now >= until)
			return 0;
		if (poll(&ready, 1, (int)(until - now)) < 0 && errno != EINTR)
			return error_errno(e, "waiting for an answer");
		if (!ready.revents)
			continue;
		got = recv(x->fd, message, sizeof(message), MSG_DONTWAIT);
		if (got < 0 && errno != EAGAIN)
			clock_sleep(100); /* It may stay readable: do not spin. */
		if (got > 0 && dhcp6_read(span_of(message, (size_t)got), &x->client, reply) && reply->type == type)
			return 1;
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void new_transaction(struct exchange *x)
{
	if (getrandom(&x->client.transaction, sizeof(x->client.transaction), GRND_NONBLOCK) < 0)
		x->client.transaction = get_be32(x->client.mac + 2) ^ (uint32_t)(clock_ms() * 2654435761u);
}

/* Sends a message and waits for its answer, until a time. Returns as receive. */
static int ask(struct exchange *x, enum dhcp6_type type, const struct dhcp6_reply *offer, uint64_t until,
	       struct dhcp6_reply *reply, struct error *e)
{
	new_transaction(x);
	send_message(x, type, offer);
	return receive(x, type == DHCP6_SOLICIT ? DHCP6_ADVERTISE : DHCP6_REPLY, until, reply, e);
}

/* Whether a server gave an address; remembers why it did not. */
static bool has_address(struct exchange *x, const struct dhcp6_reply *reply)
{
	if (reply->status)
		x->refused = reply->status;
	return reply->address.size && reply->server_size;
}

/* One attempt, which ends at a time. Returns 1 with the lease, 0, or a negative errno. */
static int attempt(struct exchange *x, bool information, uint64_t until, struct dhcp6_reply *lease, struct error *e)
{
	struct dhcp6_reply offer;
	uint64_t wait = FIRST_MS;
	int result;

	if (information)
		return ask(x, DHCP6_INFORMATION, NULL, until, lease, e);
	result = ask(x, DHCP6_SOLICIT, NULL, until, &offer, e);
	if (result <= 0)
		return result;
	if (!has_address(x, &offer)) {
		clock_sleep(FIRST_MS); /* Another server may have more; do not ask this one without a pause. */
		return 0;
	}
	result = 0;
	for (int i = 0; i < REQUESTS && result == 0; i++, wait *= 2)
		result = ask(x, DHCP6_REQUEST, &offer, earlier(clock_ms() + wait, x->deadline), lease, e);
	return result > 0 && !has_address(x, lease) ? 0 : result;
}

int dhcp6_lease(const struct link *link, bool information, uint64_t deadline, struct dhcp6_reply *lease,
		struct error *e)
{
	struct exchange x CLEANUP(exchange_close) = {.link = link, .fd = -1, .start = clock_ms(), .deadline = deadline};
	int result = open_socket(&x, e);
	uint64_t wait = FIRST_MS;

	if (result < 0)
		return result;
	memcpy(x.client.mac, link->mac, LINK_MAC);
	while (clock_ms() < deadline) {
		result = attempt(&x, information, earlier(clock_ms() + wait, deadline), lease, e);
		if (result != 0)
			return result < 0 ? result : 0;
		wait = earlier(wait * 2, LONGEST_MS);
	}
	if (x.refused)
		return error_set(e, ETIMEDOUT, "%s: the DHCPv6 server has no address (status %u)", link->name,
				 x.refused);
	return error_set(e, ETIMEDOUT, "%s: no DHCPv6 server answered in %u s", link->name,
			 (unsigned)((clock_ms() - x.start) / 1000));
}
