#include "fmt/netlink.h"

#include <linux/netlink.h>

enum { ALIGN = 4 };

static uint32_t aligned(uint32_t size)
{
	return (size + ALIGN - 1) & ~(uint32_t)(ALIGN - 1);
}

/* Reserves size bytes, padded with zeros. Returns where they are, or NULL if there is no room. */
static uint8_t *grow(struct netlink_request *r, size_t size)
{
	uint8_t *at = r->bytes + r->used;

	if (size > sizeof(r->bytes) || aligned((uint32_t)size) > sizeof(r->bytes) - r->used) {
		r->overflow = true;
		return NULL;
	}
	memset(at, 0, aligned((uint32_t)size));
	r->used += aligned((uint32_t)size);
	return at;
}

static void set_length(struct netlink_request *r)
{
	memcpy(r->bytes, &r->used, sizeof(r->used));
}

void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	struct nlmsghdr header = {.nlmsg_type = type, .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST)};
	uint8_t *at;

	r->used = 0;
	r->overflow = false;
	at = grow(r, sizeof(header) + size);
	if (at) {
		memcpy(at, &header, sizeof(header));
		memcpy(at + sizeof(header), body, size);
		set_length(r);
	}
}

void netlink_put(struct netlink_request *r, uint16_t attribute, const void *data, size_t size)
{
	struct nlattr header = {.nla_len = (uint16_t)(sizeof(header) + size), .nla_type = attribute};
	uint8_t *at = grow(r, sizeof(header) + size);

	if (!at)
		return;
	memcpy(at, &header, sizeof(header));
	if (size)
		memcpy(at + sizeof(header), data, size);
	set_length(r);
}

void netlink_put_u8(struct netlink_request *r, uint16_t attribute, uint8_t value)
{
	netlink_put(r, attribute, &value, sizeof(value));
}

void netlink_put_u16(struct netlink_request *r, uint16_t attribute, uint16_t value)
{
	netlink_put(r, attribute, &value, sizeof(value));
}

void netlink_put_u32(struct netlink_request *r, uint16_t attribute, uint32_t value)
{
	netlink_put(r, attribute, &value, sizeof(value));
}

void netlink_put_text(struct netlink_request *r, uint16_t attribute, const char *text)
{
	netlink_put(r, attribute, text, strlen(text) + 1);
}

uint32_t netlink_open(struct netlink_request *r, uint16_t attribute)
{
	uint32_t at = r->used;

	netlink_put(r, (uint16_t)(attribute | NLA_F_NESTED), NULL, 0);
	return at;
}

void netlink_close(struct netlink_request *r, uint32_t at)
{
	uint16_t length = (uint16_t)(r->used - at);

	if (!r->overflow)
		memcpy(r->bytes + at, &length, sizeof(length));
}

bool netlink_next(struct span *received, struct netlink_message *message)
{
	struct nlmsghdr header;
	size_t step;

	if (received->size < sizeof(header))
		return false;
	memcpy(&header, received->data, sizeof(header));
	if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > received->size)
		return false;
	message->type = header.nlmsg_type;
	message->flags = header.nlmsg_flags;
	message->sequence = header.nlmsg_seq;
	message->body = span_part(*received, sizeof(header), header.nlmsg_len - sizeof(header));
	step = aligned(header.nlmsg_len);
	*received = step < received->size ? span_part(*received, step, received->size - step) : span_of(NULL, 0);
	return true;
}

struct span netlink_attribute(struct span attributes, uint16_t type)
{
	struct nlattr header;

	while (attributes.size >= sizeof(header)) {
		size_t step;

		memcpy(&header, attributes.data, sizeof(header));
		if (header.nla_len < sizeof(header) || header.nla_len > attributes.size)
			break;
		if ((header.nla_type & NLA_TYPE_MASK) == type)
			return span_part(attributes, sizeof(header), header.nla_len - sizeof(header));
		step = aligned(header.nla_len);
		if (step >= attributes.size)
			break;
		attributes = span_part(attributes, step, attributes.size - step);
	}
	return span_of(NULL, 0);
}

uint8_t netlink_u8(struct span attribute)
{
	return attribute.size == 1 ? attribute.data[0] : 0;
}

uint32_t netlink_u32(struct span attribute)
{
	uint32_t value = 0;

	if (attribute.size == sizeof(value))
		memcpy(&value, attribute.data, sizeof(value));
	return value;
}

void netlink_text(struct span attribute, char *text, size_t size)
{
	size_t length = attribute.size ? strnlen((const char *)attribute.data, attribute.size) : 0;

	if (length >= size)
		length = size - 1;
	if (length)
		memcpy(text, attribute.data, length);
	text[length] = 0;
}
