#include "net/dhcp4_client.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "fmt/udp4.h"
#include "sys/clock.h"

enum {
	FIRST_MS = 1000,
	LONGEST_MS = 8000,
	REQUESTS = 3, /* for one offer; then it is taken for lost, and a new one is sought */
	PACKET_MAX = 2048,
};

struct exchange {
	const struct link *link;
	int fd;
	uint64_t start, deadline;
	struct dhcp4_client client;
	unsigned offers, refusals; /* heard, for the message */
};

static void exchange_close(struct exchange *x)
{
	close_fd(&x->fd);
}

static int open_socket(struct exchange *x, struct error *e)
{
	const struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = x->link->index};

	x->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP));
	if (x->fd < 0 && errno == EAFNOSUPPORT) {
		error_errno(e, "DHCP needs packet sockets");
		return error_hint(e, "Is the driver loaded? Its module is af_packet.");
	}
	if (x->fd < 0)
		return error_errno(e, "opening a packet socket");
	if (bind(x->fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
		return error_errno(e, "%s: packet socket", x->link->name);
	return 0;
}

/* A number that others on the link do not choose too. */
static uint32_t new_transaction(const struct exchange *x)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == (ssize_t)sizeof(number))
		return number;
	return get_be32(x->client.mac + 2) ^ (uint32_t)(clock_ms() * 2654435761u);
}

/* An interface that goes down and up again fails to send for a moment: the next attempt may pass. */
static int send_message(struct exchange *x, const struct dhcp4_reply *offer, struct error *e)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_IP),
				 .sll_ifindex = x->link->index,
				 .sll_halen = LINK_MAC};
	uint64_t seconds = (clock_ms() - x->start) / 1000;
	uint8_t packet[UDP4_HEADERS + DHCP4_MAX];
	size_t size;

	memset(to.sll_addr, 0xff, LINK_MAC);
	x->client.seconds = (uint16_t)(seconds < 0xffff ? seconds : 0xffff);
	size = dhcp4_write(&x->client, offer, packet + UDP4_HEADERS);
	udp4_write_broadcast(packet, DHCP4_CLIENT_PORT, DHCP4_SERVER_PORT, size);
	if (sendto(x->fd, packet, UDP4_HEADERS + size, 0, (const struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != ENETDOWN && errno != ENOBUFS && errno != EAGAIN)
		return error_errno(e, "%s: asking for an address", x->link->name);
	return 0;
}

/* Waits until a time for an answer to this exchange. Returns 1, 0 when the time is up, or a negative errno. */
static int receive(struct exchange *x, uint64_t until, struct dhcp4_reply *reply, struct error *e)
{
	uint8_t packet[PACKET_MAX];

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
		got = recv(x->fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (got < 0 && errno == ENETDOWN)
			clock_sleep(100); /* It stays readable: do not spin. */
		if (got > 0 &&
		    dhcp4_read(udp4_payload(span_of(packet, (size_t)got), DHCP4_CLIENT_PORT), &x->client, reply))
			return 1;
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Asks for what was offered. Returns 1 with the lease, 0 if it is not given, or a negative errno. */
static int request(struct exchange *x, const struct dhcp4_reply *offer, struct dhcp4_reply *lease, struct error *e)
{
	uint64_t wait = FIRST_MS;

	for (int i = 0; i < REQUESTS && clock_ms() < x->deadline; i++, wait *= 2) {
		uint64_t until = earlier(clock_ms() + wait, x->deadline);
		int result = send_message(x, offer, e);

		while (result == 0) {
			result = receive(x, until, lease, e);
			if (result <= 0)
				break;
			if (lease->type == DHCP4_NAK) {
				x->refusals++;
				return 0;
			}
			/* Another server's offer may still come. */
			result = lease->type == DHCP4_ACK;
		}
		if (result != 0)
			return result;
	}
	return 0;
}

/* Looks for an offer until a time, and takes it. Returns as request. */
static int discover(struct exchange *x, uint64_t until, struct dhcp4_reply *lease, struct error *e)
{
	struct dhcp4_reply offer;
	int result;

	x->client.transaction = new_transaction(x);
	result = send_message(x, NULL, e);
	while (result == 0) {
		result = receive(x, until, &offer, e);
		if (result <= 0)
			return result;
		result = 0;
		if (offer.type == DHCP4_OFFER && offer.server.size) {
			x->offers++;
			return request(x, &offer, lease, e);
		}
	}
	return result;
}

static int timed_out(const struct exchange *x, struct error *e)
{
	const char *name = x->link->name;
	unsigned seconds = (unsigned)((clock_ms() - x->start) / 1000);

	if (!x->offers)
		return error_set(e, ETIMEDOUT, "%s: no DHCP server answered in %u s", name, seconds);
	if (x->refusals)
		return error_set(e, ETIMEDOUT, "%s: the DHCP server offered an address, then refused it (%u times)",
				 name, x->refusals);
	return error_set(e, ETIMEDOUT, "%s: a DHCP server offered an address, but did not confirm it in %u s", name,
			 seconds);
}

int dhcp4_lease(const struct link *link, uint64_t deadline, struct dhcp4_reply *lease, struct error *e)
{
	struct exchange x CLEANUP(exchange_close) = {.link = link, .fd = -1, .start = clock_ms(), .deadline = deadline};
	int result = open_socket(&x, e);
	uint64_t wait = FIRST_MS;

	if (result < 0)
		return result;
	memcpy(x.client.mac, link->mac, LINK_MAC);
	while (clock_ms() < deadline) {
		result = discover(&x, earlier(clock_ms() + wait, deadline), lease, e);
		if (result != 0)
			return result < 0 ? result : 0;
		wait = earlier(wait * 2, LONGEST_MS);
	}
	return timed_out(&x, e);
}
