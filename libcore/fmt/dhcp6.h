/*
 * Messages of DHCP for IPv6, as bytes of a UDP datagram (client port 546, server port 547). Pure. Source: RFC 8415;
 * RFC 3646 (name servers).
 */
#ifndef FMT_DHCP6_H
#define FMT_DHCP6_H

#include "fmt/ip_address.h"

enum {
	DHCP6_MAX = 512, /* bytes of a message that is sent */
	DHCP6_CLIENT_PORT = 546,
	DHCP6_SERVER_PORT = 547,
	DHCP6_SERVERS = 3,
	DHCP6_ID_MAX = 130, /* a DUID: RFC 8415, 11.1 */
};

enum dhcp6_type {
	DHCP6_SOLICIT = 1,
	DHCP6_ADVERTISE = 2,
	DHCP6_REQUEST = 3,
	DHCP6_REPLY = 7,
	DHCP6_INFORMATION = 11, /* only name servers; the address comes from router advertisements */
};

struct dhcp6_client {
	uint32_t transaction; /* 24 bits */
	uint8_t mac[6];
	uint16_t centiseconds; /* since the exchange began */
};

struct dhcp6_reply {
	enum dhcp6_type type;
	struct ip_prefix address; /* a host's; size 0: none was given */
	struct ip_prefix dns[DHCP6_SERVERS];
	unsigned dns_count;
	uint8_t server[DHCP6_ID_MAX]; /* its identifier */
	unsigned server_size;         /* 0: none */
	unsigned status;              /* of RFC 8415, 21.13, of the message or the address; 0: success */
};

/* Writes a message; offer: the advertisement that a REQUEST takes, else NULL. Returns its size. */
size_t dhcp6_write(const struct dhcp6_client *client, enum dhcp6_type type, const struct dhcp6_reply *offer,
		   uint8_t message[DHCP6_MAX]);

/* Reads an answer to the client. Returns false for what is not one. Ignores options that it does not know. */
bool dhcp6_read(struct span message, const struct dhcp6_client *client, struct dhcp6_reply *reply);

#endif
