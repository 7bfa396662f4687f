/*
 * IPv4 and IPv6 addresses as people write them: "192.0.2.5", "2001:db8::5", with brackets around it or not, and with a
 * prefix length: "192.0.2.5/24". Sources: RFC 4291, 2.2; RFC 3986, 3.2.2 (brackets).
 */
#ifndef FMT_IP_ADDRESS_H
#define FMT_IP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum {
	IP_TEXT = 48, /* bytes of an address or prefix as text, with its NUL */
};

/* An address with the length of its network's prefix. size 0: no address. */
struct ip_prefix {
	uint8_t bytes[16]; /* network byte order */
	uint8_t size;      /* 4 or 16 bytes */
	uint8_t length;    /* of the prefix, in bits; that of a host (32, 128) if the text had none */
};

/* Reads an address, with or without /LENGTH. Returns false for anything else. */
bool ip_prefix_parse(struct span text, struct ip_prefix *out);

/* Reads an address without /LENGTH. */
bool ip_address_parse(struct span text, struct ip_prefix *out);

/* The length of an IPv4 netmask ("255.255.255.0"), or -1 if the mask has holes. */
int ip_mask_length(const struct ip_prefix *mask);

/* The address without, and the prefix with its length, as text. Return text. */
const char *ip_address_text(const struct ip_prefix *address, char text[IP_TEXT]);
const char *ip_prefix_text(const struct ip_prefix *prefix, char text[IP_TEXT]);

/* Whether an address is in a prefix's network. */
bool ip_prefix_has(const struct ip_prefix *network, const struct ip_prefix *address);

/* Whether all bytes are zero: "0.0.0.0", "::". */
bool ip_is_any(const struct ip_prefix *address);

#endif
