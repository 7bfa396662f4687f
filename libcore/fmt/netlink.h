/*
 * Messages of netlink: a header and a body of the message type's own, then attributes, which nest. All numbers are in
 * this machine's byte order, unless an attribute says otherwise. Pure. Sources: netlink(7), rtnetlink(7), the kernel's
 * Documentation/userspace-api/netlink/.
 */
#ifndef FMT_NETLINK_H
#define FMT_NETLINK_H

#include <stdbool.h>

#include "base/span.h"

enum {
	NETLINK_REQUEST_MAX = 1024, /* bytes of a request; the longest here makes a bond */
};

/* A request under construction: the caller's object, filled by netlink_begin and the functions after it. */
struct netlink_request {
	_Alignas(4) uint8_t bytes[NETLINK_REQUEST_MAX];
	uint32_t used;
	bool overflow; /* something did not fit: the request is useless */
};

/* Starts a request: its type (RTM_NEWLINK, ...), flags (NLM_F_CREATE, ...), and the fixed part of its body. */
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *body, size_t size);

/* Appends an attribute. */
void netlink_put(struct netlink_request *r, uint16_t attribute, const void *data, size_t size);
void netlink_put_u8(struct netlink_request *r, uint16_t attribute, uint8_t value);
void netlink_put_u16(struct netlink_request *r, uint16_t attribute, uint16_t value);
void netlink_put_u32(struct netlink_request *r, uint16_t attribute, uint32_t value);
void netlink_put_text(struct netlink_request *r, uint16_t attribute, const char *text);

/* Opens an attribute that holds those put until netlink_close, which takes what netlink_open returned. */
uint32_t netlink_open(struct netlink_request *r, uint16_t attribute);
void netlink_close(struct netlink_request *r, uint32_t at);

/* A message that was received. */
struct netlink_message {
	uint16_t type, flags;
	uint32_t sequence;
	struct span body; /* after the header; borrowed */
};

/* Takes the next message off what was received. Returns false at the end, and for a message that is not whole. */
bool netlink_next(struct span *received, struct netlink_message *message);

/* The content of the first attribute of that type, or an empty span. The attributes follow a body's fixed part. */
struct span netlink_attribute(struct span attributes, uint16_t type);

/* An attribute's number; 0 if it does not have exactly that size. */
uint8_t netlink_u8(struct span attribute);
uint32_t netlink_u32(struct span attribute);

/* An attribute's text, cut to fit; "" if it is missing. */
void netlink_text(struct span attribute, char *text, size_t size);

#endif
