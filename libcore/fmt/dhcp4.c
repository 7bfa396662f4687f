#include "fmt/dhcp4.h"

#include <stdio.h>

/* Offsets of RFC 2131, figure 1. */
enum {
	AT_TRANSACTION = 4,
	AT_SECONDS = 8,
	AT_FLAGS = 10,
	AT_YOUR_ADDRESS = 16,
	AT_MAC = 28,
	AT_SERVER_NAME = 44,
	AT_FILE = 108,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,

	BOOT_REQUEST = 1,
	BOOT_REPLY = 2,
	ETHERNET = 1,
	FLAG_BROADCAST = 0x80, /* in the first byte of the flags */
};

static const uint8_t cookie[4] = {99, 130, 83, 99};

enum option {
	OPTION_PAD = 0,
	OPTION_MASK = 1,
	OPTION_ROUTER = 3,
	OPTION_DNS = 6,
	OPTION_DOMAIN = 15,
	OPTION_MTU = 26,
	OPTION_WANTED = 50,
	OPTION_LEASE = 51,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_PARAMETERS = 55,
	OPTION_MAX_SIZE = 57,
	OPTION_CLIENT = 61,
	OPTION_CLASSLESS = 121,
	OPTION_END = 255,
};

static uint8_t *put_option(uint8_t *at, enum option option, const void *data, size_t size)
{
	at[0] = (uint8_t)option;
	at[1] = (uint8_t)size;
	memcpy(at + 2, data, size);
	return at + 2 + size;
}

size_t dhcp4_write(const struct dhcp4_client *client, const struct dhcp4_reply *offer, uint8_t message[DHCP4_MAX])
{
	static const uint8_t parameters[] = {OPTION_MASK, OPTION_CLASSLESS, OPTION_ROUTER,
					     OPTION_DNS,  OPTION_DOMAIN,    OPTION_MTU};
	static const uint8_t max_size[] = {DHCP4_MAX >> 8, DHCP4_MAX & 255};
	const uint8_t type = offer ? DHCP4_REQUEST : DHCP4_DISCOVER;
	uint8_t id[7] = {ETHERNET}, *at = message + AT_OPTIONS;

	memset(message, 0, DHCP4_MAX);
	message[0] = BOOT_REQUEST;
	message[1] = ETHERNET;
	message[2] = sizeof(client->mac);
	put_be32(message + AT_TRANSACTION, client->transaction);
	message[AT_SECONDS] = (uint8_t)(client->seconds >> 8);
	message[AT_SECONDS + 1] = (uint8_t)client->seconds;
	message[AT_FLAGS] = FLAG_BROADCAST;
	memcpy(message + AT_MAC, client->mac, sizeof(client->mac));
	memcpy(message + AT_COOKIE, cookie, sizeof(cookie));
	memcpy(id + 1, client->mac, sizeof(client->mac));
	at = put_option(at, OPTION_TYPE, &type, 1);
	at = put_option(at, OPTION_CLIENT, id, sizeof(id));
	at = put_option(at, OPTION_MAX_SIZE, max_size, sizeof(max_size));
	at = put_option(at, OPTION_PARAMETERS, parameters, sizeof(parameters));
	if (offer) {
		at = put_option(at, OPTION_WANTED, offer->address.bytes, 4);
		at = put_option(at, OPTION_SERVER, offer->server.bytes, 4);
	}
	*at++ = OPTION_END;
	return at - message < DHCP4_MIN ? DHCP4_MIN : (size_t)(at - message);
}

/* --- reading --- */

/* The next option of a field. Returns false at its end, and where it is cut short. */
static bool next_option(struct span *field, uint8_t *option, struct span *data)
{
	while (field->size && field->data[0] == OPTION_PAD)
		*field = span_part(*field, 1, field->size - 1);
	if (field->size < 2 || field->data[0] == OPTION_END || !span_has(*field, 2, field->data[1]))
		return false;
	*option = field->data[0];
	*data = span_part(*field, 2, field->data[1]);
	*field = span_part(*field, 2 + data->size, field->size - 2 - data->size);
	return true;
}

/* All options of a message: those of the fields that the overload option names come last (RFC 2131, 4.1). */
struct fields {
	struct span field[3];
};

static struct fields option_fields(struct span message)
{
	struct fields f = {{span_part(message, AT_OPTIONS, message.size - AT_OPTIONS)}};
	struct span rest = f.field[0], data;
	uint8_t option;

	while (next_option(&rest, &option, &data)) {
		if (option != OPTION_OVERLOAD || data.size != 1)
			continue;
		if (data.data[0] & 1)
			f.field[1] = span_part(message, AT_FILE, AT_COOKIE - AT_FILE);
		if (data.data[0] & 2)
			f.field[2] = span_part(message, AT_SERVER_NAME, AT_FILE - AT_SERVER_NAME);
	}
	return f;
}

enum { OPTION_BYTES = 512 };

/* An option's bytes, joined where it comes in several parts (RFC 3396); what is over OPTION_BYTES is left out. */
static struct span option_find(const struct fields *f, uint8_t wanted, uint8_t bytes[OPTION_BYTES])
{
	struct span rest, data;
	size_t size = 0;
	uint8_t option;

	for (size_t i = 0; i < 3; i++) {
		rest = f->field[i];
		while (next_option(&rest, &option, &data)) {
			if (option != wanted || data.size > OPTION_BYTES - size)
				continue;
			if (data.size)
				memcpy(bytes + size, data.data, data.size);
			size += data.size;
		}
	}
	return span_of(bytes, size);
}

static struct ip_prefix ip4(const uint8_t *bytes)
{
	struct ip_prefix address = {.size = 4, .length = 32};

	memcpy(address.bytes, bytes, 4);
	return address;
}

/* An address that a host can have: not 0.x, 127.x, a multicast or broadcast one. */
static bool host_address(const struct ip_prefix *a)
{
	return a->bytes[0] != 0 && a->bytes[0] != 127 && a->bytes[0] < 224;
}

static void add_route(struct dhcp4_reply *reply, const struct ip_prefix *network, const struct ip_prefix *gateway)
{
	if (reply->route_count < DHCP4_ROUTES)
		reply->routes[reply->route_count++] = (struct dhcp4_route){*network, *gateway};
}

/* RFC 3442: the length, as many bytes of the network as that has, the gateway. */
static void read_classless(struct span data, struct dhcp4_reply *reply)
{
	while (data.size) {
		struct ip_prefix network = {.size = 4, .length = data.data[0]}, gateway;
		size_t bytes = (network.length + 7u) / 8;

		if (network.length > 32 || !span_has(data, 1, bytes + 4))
			return;
		memcpy(network.bytes, data.data + 1, bytes);
		gateway = ip4(data.data + 1 + bytes);
		add_route(reply, &network, &gateway);
		data = span_part(data, 1 + bytes + 4, data.size - 1 - bytes - 4);
	}
}

static void read_routes(const struct fields *f, struct dhcp4_reply *reply)
{
	const struct ip_prefix any = {.size = 4};
	uint8_t bytes[OPTION_BYTES];
	struct span data = option_find(f, OPTION_CLASSLESS, bytes);
	struct ip_prefix router;

	/* Who sends classless routes means them alone. */
	if (data.size) {
		read_classless(data, reply);
		return;
	}
	data = option_find(f, OPTION_ROUTER, bytes);
	if (data.size < 4)
		return;
	router = ip4(data.data);
	if (host_address(&router))
		add_route(reply, &any, &router);
}

/* The characters of a domain name; others, which would end up in resolv.conf and on the console, end it. */
static void read_domain(struct span data, struct dhcp4_reply *reply)
{
	size_t n = 0;

	while (n < data.size && n < sizeof(reply->domain) - 1) {
		uint8_t c = data.data[n];

		if (!((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' &&
		    c != '_')
			break;
		reply->domain[n++] = (char)c;
	}
	reply->domain[n] = 0;
}

static void read_settings(const struct fields *f, struct dhcp4_reply *reply)
{
	uint8_t bytes[OPTION_BYTES];
	struct span data = option_find(f, OPTION_DNS, bytes);

	for (size_t i = 0; i + 4 <= data.size && reply->dns_count < DHCP4_SERVERS; i += 4)
		reply->dns[reply->dns_count++] = ip4(data.data + i);
	data = option_find(f, OPTION_LEASE, bytes);
	reply->seconds = data.size == 4 ? get_be32(data.data) : 0;
	data = option_find(f, OPTION_MTU, bytes);
	reply->mtu = data.size == 2 ? (uint32_t)data.data[0] << 8 | data.data[1] : 0;
	read_domain(option_find(f, OPTION_DOMAIN, bytes), reply);
	data = option_find(f, OPTION_SERVER, bytes);
	if (data.size == 4)
		reply->server = ip4(data.data);
}

/* Without a netmask, the one of the address's class. */
static int mask_length(const struct fields *f, const struct ip_prefix *address)
{
	uint8_t bytes[OPTION_BYTES];
	struct span data = option_find(f, OPTION_MASK, bytes);
	struct ip_prefix mask;

	if (data.size != 4)
		return address->bytes[0] < 128 ? 8 : address->bytes[0] < 192 ? 16 : 24;
	mask = ip4(data.data);
	return ip_mask_length(&mask);
}

bool dhcp4_read(struct span message, const struct dhcp4_client *client, struct dhcp4_reply *reply)
{
	uint8_t bytes[OPTION_BYTES];
	struct fields f;
	struct span data;
	int length;

	memset(reply, 0, sizeof(*reply));
	if (message.size < AT_OPTIONS || message.data[0] != BOOT_REPLY || message.data[1] != ETHERNET ||
	    get_be32(message.data + AT_TRANSACTION) != client->transaction ||
	    memcmp(message.data + AT_MAC, client->mac, sizeof(client->mac)) != 0 ||
	    memcmp(message.data + AT_COOKIE, cookie, sizeof(cookie)) != 0)
		return false;
	f = option_fields(message);
	data = option_find(&f, OPTION_TYPE, bytes);
	if (data.size != 1)
		return false;
	reply->type = data.data[0];
	read_settings(&f, reply);
	if (reply->type == DHCP4_NAK)
		return true;
	reply->address = ip4(message.data + AT_YOUR_ADDRESS);
	length = mask_length(&f, &reply->address);
	if ((reply->type != DHCP4_OFFER && reply->type != DHCP4_ACK) || !host_address(&reply->address) || length < 1)
		return false;
	reply->address.length = (uint8_t)length;
	read_routes(&f, reply);
	return true;
}
