#include "fmt/dhcp6.h"

enum {
	OPTION_CLIENT = 1,
	OPTION_SERVER = 2,
	OPTION_IA = 3, /* IA_NA: an identity association for non-temporary addresses */
	OPTION_ADDRESS = 5,
	OPTION_WANTED = 6,
	OPTION_ELAPSED = 8,
	OPTION_STATUS = 13,
	OPTION_DNS = 23,

	IA_HEADER = 12,      /* its id and two times */
	ADDRESS_HEADER = 24, /* the address and two times */
	DUID_LINK = 3,       /* a link-layer address as identifier: RFC 8415, 11.4 */
	ETHERNET = 1,
};

static void put_be16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned get_be16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

static uint8_t *put_option(uint8_t *at, unsigned option, const void *data, size_t size)
{
	put_be16(at, option);
	put_be16(at + 2, (unsigned)size);
	memcpy(at + 4, data, size);
	return at + 4 + size;
}

/* An association whose id is the interface's: the same at each boot. In a REQUEST it holds the offered address. */
static uint8_t *put_association(uint8_t *at, const struct dhcp6_client *client, const struct dhcp6_reply *offer)
{
	uint8_t body[IA_HEADER + 4 + ADDRESS_HEADER] = {0}, address[ADDRESS_HEADER] = {0};
	size_t size = IA_HEADER;

	memcpy(body, client->mac + 2, 4);
	if (offer && offer->address.size) {
		memcpy(address, offer->address.bytes, 16);
		put_option(body + IA_HEADER, OPTION_ADDRESS, address, sizeof(address));
		size = sizeof(body);
	}
	return put_option(at, OPTION_IA, body, size);
}

size_t dhcp6_write(const struct dhcp6_client *client, enum dhcp6_type type, const struct dhcp6_reply *offer,
		   uint8_t message[DHCP6_MAX])
{
	uint8_t id[10] = {0, DUID_LINK, 0, ETHERNET}, elapsed[2], *at = message + 4;
	static const uint8_t wanted[2] = {0, OPTION_DNS};

	put_be32(message, client->transaction);
	message[0] = (uint8_t)type;
	memcpy(id + 4, client->mac, sizeof(client->mac));
	put_be16(elapsed, client->centiseconds);
	at = put_option(at, OPTION_CLIENT, id, sizeof(id));
	at = put_option(at, OPTION_ELAPSED, elapsed, sizeof(elapsed));
	at = put_option(at, OPTION_WANTED, wanted, sizeof(wanted));
	if (type != DHCP6_INFORMATION)
		at = put_association(at, client, offer);
	if (offer)
		at = put_option(at, OPTION_SERVER, offer->server, offer->server_size);
	return (size_t)(at - message);
}

static bool next_option(struct span *rest, unsigned *option, struct span *data)
{
	if (rest->size < 4 || !span_has(*rest, 4, get_be16(rest->data + 2)))
		return false;
	*option = get_be16(rest->data);
	*data = span_part(*rest, 4, get_be16(rest->data + 2));
	*rest = span_part(*rest, 4 + data->size, rest->size - 4 - data->size);
	return true;
}

static struct ip_prefix ip6(const uint8_t *bytes)
{
	struct ip_prefix address = {.size = 16, .length = 128};

	memcpy(address.bytes, bytes, 16);
	return address;
}

static void take_status(struct span data, struct dhcp6_reply *reply)
{
	if (data.size >= 2 && !reply->status)
		reply->status = get_be16(data.data);
}

/* A global address: not a link-local (fe80::/10), multicast or loopback one. */
static bool host_address(const struct ip_prefix *a)
{
	static const uint8_t nothing[15];

	return a->bytes[0] != 0xff && !(a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80) &&
	       memcmp(a->bytes, nothing, sizeof(nothing)) != 0;
}

static void read_association(struct span data, struct dhcp6_reply *reply)
{
	struct span rest = span_part(data, IA_HEADER, data.size < IA_HEADER ? 0 : data.size - IA_HEADER), inner;
	struct ip_prefix address;
	unsigned option;

	while (next_option(&rest, &option, &inner)) {
		if (option == OPTION_STATUS)
			take_status(inner, reply);
		/* A lifetime of 0 takes an address back. */
		if (option != OPTION_ADDRESS || inner.size < ADDRESS_HEADER || get_be32(inner.data + 20) == 0)
			continue;
		address = ip6(inner.data);
		if (!reply->address.size && host_address(&address))
			reply->address = address;
	}
}

static void read_dns(struct span data, struct dhcp6_reply *reply)
{
	for (size_t i = 0; i + 16 <= data.size && reply->dns_count < DHCP6_SERVERS; i += 16)
		reply->dns[reply->dns_count++] = ip6(data.data + i);
}

bool dhcp6_read(struct span message, const struct dhcp6_client *client, struct dhcp6_reply *reply)
{
	struct span rest = span_part(message, 4, message.size < 4 ? 0 : message.size - 4), data;
	unsigned option;

	memset(reply, 0, sizeof(*reply));
	if (message.size < 4 || (get_be32(message.data) & 0xffffff) != (client->transaction & 0xffffff))
		return false;
	reply->type = message.data[0];
	while (next_option(&rest, &option, &data)) {
		/* Meant for this client? */
		if (option == OPTION_CLIENT && (data.size != 10 || memcmp(data.data + 4, client->mac, 6) != 0))
			return false;
		if (option == OPTION_SERVER && data.size && data.size <= sizeof(reply->server)) {
			memcpy(reply->server, data.data, data.size);
			reply->server_size = (unsigned)data.size;
		}
		if (option == OPTION_IA)
			read_association(data, reply);
		if (option == OPTION_STATUS)
			take_status(data, reply);
		if (option == OPTION_DNS)
			read_dns(data, reply);
	}
	return reply->type == DHCP6_ADVERTISE || reply->type == DHCP6_REPLY;
}
