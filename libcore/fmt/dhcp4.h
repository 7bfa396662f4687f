/*
 * Messages of DHCP for IPv4, as bytes of a UDP datagram (client port 68, server port 67). Pure. Sources: RFC 2131, RFC
 * 2132 (options), RFC 3442 (classless routes), RFC 3396 (an option in several parts).
 */
#ifndef FMT_DHCP4_H
#define FMT_DHCP4_H

#include "fmt/ip_address.h"

enum {
	DHCP4_MIN = 300, /* bytes of a message: some relays drop shorter ones */
	DHCP4_MAX = 576,
	DHCP4_CLIENT_PORT = 68,
	DHCP4_SERVER_PORT = 67,
	DHCP4_SERVERS = 3, /* name servers and routes that are kept */
	DHCP4_ROUTES = 8,
};

enum dhcp4_type {
	DHCP4_DISCOVER = 1,
	DHCP4_OFFER = 2,
	DHCP4_REQUEST = 3,
	DHCP4_ACK = 5,
	DHCP4_NAK = 6,
};

/* A route: a network, and the gateway to it (0.0.0.0: it is on the link). */
struct dhcp4_route {
	struct ip_prefix network, gateway;
};

/* What an offer or an acknowledgement says. Members that were missing have size 0, or are 0. */
struct dhcp4_reply {
	enum dhcp4_type type;
	struct ip_prefix address; /* with the length of the netmask */
	struct ip_prefix server;  /* identifier, for the request */
	struct ip_prefix dns[DHCP4_SERVERS];
	struct dhcp4_route routes[DHCP4_ROUTES]; /* of the classless ones, or else of the router option */
	unsigned dns_count, route_count;
	uint32_t seconds; /* of the lease */
	uint32_t mtu;
	char domain[128];
};

/* What a client says of itself. */
struct dhcp4_client {
	uint32_t transaction; /* the same in all messages of an exchange */
	uint8_t mac[6];
	uint16_t seconds; /* since the exchange began */
};

/*
 * Writes a DISCOVER (offer NULL) or the REQUEST that takes an offer into DHCP4_MAX bytes. Returns its size. Asks for a
 * broadcast answer: the interface has no address yet.
 */
size_t dhcp4_write(const struct dhcp4_client *client, const struct dhcp4_reply *offer, uint8_t message[DHCP4_MAX]);

/*
 * Reads an answer to the client. Returns false for what is not one: another transaction or machine, a message cut
 * short, an address that no host can have. Ignores options that it does not know.
 */
bool dhcp4_read(struct span message, const struct dhcp4_client *client, struct dhcp4_reply *reply);

#endif
