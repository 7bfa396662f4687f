#include "fmt/udp4.h"

enum {
	IP_HEADER = 20,
	VERSION_4 = 0x45, /* and a header of five words */
	PROTOCOL_UDP = 17,
	TTL = 64,
	FRAGMENT = 0x3fff, /* more fragments follow, or this is not the first */
};

static uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put_be16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 1071: 0 over a header that holds its own right checksum. */
static uint16_t checksum(const uint8_t *data, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += get_be16(data + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void udp4_write_broadcast(uint8_t *packet, uint16_t from_port, uint16_t to_port, size_t size)
{
	uint8_t *udp = packet + IP_HEADER;

	memset(packet, 0, UDP4_HEADERS);
	packet[0] = VERSION_4;
	put_be16(packet + 2, UDP4_HEADERS + size);
	packet[8] = TTL;
	packet[9] = PROTOCOL_UDP;
	put_be32(packet + 16, 0xffffffff);
	put_be16(packet + 10, checksum(packet, IP_HEADER));
	put_be16(udp, from_port);
	put_be16(udp + 2, to_port);
	put_be16(udp + 4, UDP4_HEADERS - IP_HEADER + size);
	/* A UDP checksum of 0 means that there is none. */
}

struct span udp4_payload(struct span packet, uint16_t to_port)
{
	const struct span none = {.size = 0};
	size_t header, total, length;

	if (packet.size < UDP4_HEADERS || packet.data[0] >> 4 != 4)
		return none;
	header = (packet.data[0] & 15u) * 4;
	total = get_be16(packet.data + 2);
	if (header < IP_HEADER || total > packet.size || total < header + 8 || checksum(packet.data, header) != 0 ||
	    packet.data[9] != PROTOCOL_UDP || (get_be16(packet.data + 6) & FRAGMENT))
		return none;
	length = get_be16(packet.data + header + 4);
	if (get_be16(packet.data + header + 2) != to_port || length < 8 || length > total - header)
		return none;
	return span_part(packet, header + 8, length - 8);
}
