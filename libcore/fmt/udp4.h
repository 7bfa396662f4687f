/*
 * A UDP datagram in its IPv4 packet, for a client without an address of its own. Pure. Sources: RFC 791, RFC 768.
 */
#ifndef FMT_UDP4_H
#define FMT_UDP4_H

#include "base/span.h"

enum {
	UDP4_HEADERS = 28, /* bytes in front of the payload */
};

/* Writes the headers of a broadcast from 0.0.0.0; the payload follows them. packet holds UDP4_HEADERS + size bytes. */
void udp4_write_broadcast(uint8_t *packet, uint16_t from_port, uint16_t to_port, size_t size);

/*
 * The payload of a packet that is a whole UDP datagram to a port, or an empty span. Does not check UDP's own checksum:
 * the kernel may leave it to the network card, also for packets that never reach one.
 */
struct span udp4_payload(struct span packet, uint16_t to_port);

#endif
