/*
 * What a network sends: the first byte chooses DHCP, DHCPv6, options of router advertisements, a UDP packet, netlink's
 * attributes, ifup's words, or what is mounted from a server. Whatever is understood is sane: addresses that a host can
 * have, counts within their arrays, and text without control characters.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/dhcp4.h"
#include "fmt/dhcp6.h"
#include "fmt/interface_words.h"
#include "fmt/mount_source.h"
#include "fmt/nd_options.h"
#include "fmt/netlink.h"
#include "fmt/udp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS = 16 };

static void check(int good)
{
	if (!good)
		abort();
}

static void dhcp4(struct span input)
{
	struct dhcp4_client client = {.transaction = input.size >= 8 ? get_be32(input.data + 4) : 0};
	struct dhcp4_reply reply;

	if (input.size >= 34)
		memcpy(client.mac, input.data + 28, sizeof(client.mac));
	if (!dhcp4_read(input, &client, &reply) || reply.type == DHCP4_NAK)
		return;
	check(reply.address.size == 4 && reply.address.length >= 1 && reply.address.length <= 32 &&
	      reply.address.bytes[0]);
	check(reply.dns_count <= DHCP4_SERVERS && reply.route_count <= DHCP4_ROUTES);
	for (unsigned i = 0; i < reply.route_count; i++)
		check(reply.routes[i].network.length <= 32);
	for (const char *c = reply.domain; *c; c++)
		check(*c > ' ' && *c < 127);
}

static void dhcp6(struct span input)
{
	struct dhcp6_client client = {.transaction = input.size >= 4 ? get_be32(input.data) : 0};
	struct dhcp6_reply reply;
	uint8_t message[DHCP6_MAX];

	if (input.size >= 18)
		memcpy(client.mac, input.data + 12, sizeof(client.mac));
	if (!dhcp6_read(input, &client, &reply))
		return;
	check(reply.dns_count <= DHCP6_SERVERS && reply.server_size <= DHCP6_ID_MAX);
	check(dhcp6_write(&client, DHCP6_REQUEST, &reply, message) <= sizeof(message));
}

static void advertised(struct span input)
{
	struct ip_prefix servers[3];

	check(nd_name_servers(input, servers, 3) <= 3);
}

static void packet(struct span input)
{
	struct span payload = udp4_payload(input, DHCP4_CLIENT_PORT);

	check(payload.size < input.size || !payload.size);
}

static void attributes(struct span input)
{
	struct netlink_message message;
	char text[16];

	while (netlink_next(&input, &message))
		for (uint16_t type = 0; type < 32; type++)
			netlink_text(netlink_attribute(netlink_attribute(message.body, type), 1), text, sizeof(text));
}

static void words(struct span input)
{
	char text[512], *word[WORDS], *rest = text;
	struct interface_list list;
	struct error e = {.code = 0};
	int count = 0;

	if (input.size >= sizeof(text))
		return;
	if (input.size)
		memcpy(text, input.data, input.size);
	text[input.size] = 0;
	while (count < WORDS && (word[count] = strsep(&rest, " \n")))
		count++;
	if (interface_parse(word, count, &list, &e) < 0) {
		check(e.text[0] != 0);
		return;
	}
	check(list.count >= 1 && list.count <= INTERFACES);
	for (unsigned i = 0; i < list.count; i++) {
		check(list.interfaces[i].spec[0] && !strchr(list.interfaces[i].spec, '/'));
		check(list.interfaces[i].vlan <= 4094 && list.interfaces[i].port_count <= INTERFACE_PORTS);
	}
}

/* A host is a part of the source. */
static void sources(struct span input)
{
	struct span nfs = nfs_host(input), cifs = cifs_host(input);

	check(nfs.size < input.size || !input.size);
	check(cifs.size < input.size || !input.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parts[])(struct span) = {dhcp4, dhcp6, advertised, packet, attributes, words, sources};

	if (size)
		parts[data[0] % 7](span_of(data + 1, size - 1));
	return 0;
}
