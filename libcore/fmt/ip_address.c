#include "fmt/ip_address.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/options.h"

bool ip_address_parse(struct span text, struct ip_prefix *out)
{
	struct ip_prefix address = {.size = 0};
	char word[IP_TEXT];

	if (text.size >= 2 && text.data[0] == '[' && text.data[text.size - 1] == ']')
		text = span_part(text, 1, text.size - 2);
	if (text.size == 0 || text.size >= sizeof(word) || memchr(text.data, 0, text.size))
		return false;
	memcpy(word, text.data, text.size);
	word[text.size] = 0;
	if (inet_pton(AF_INET, word, address.bytes) == 1)
		address.size = 4;
	else if (inet_pton(AF_INET6, word, address.bytes) == 1)
		address.size = 16;
	else
		return false;
	address.length = (uint8_t)(address.size * 8);
	*out = address;
	return true;
}

bool ip_prefix_parse(struct span text, struct ip_prefix *out)
{
	const uint8_t *slash = text.size ? memchr(text.data, '/', text.size) : NULL;
	size_t head = slash ? (size_t)(slash - text.data) : text.size;
	char digits[4] = "";
	long length;

	if (!slash)
		return ip_address_parse(text, out);
	if (text.size - head - 1 >= sizeof(digits) || !ip_address_parse(span_part(text, 0, head), out))
		return false;
	memcpy(digits, slash + 1, text.size - head - 1);
	length = number_parse(digits, out->length);
	if (length < 0)
		return false;
	out->length = (uint8_t)length;
	return true;
}

int ip_mask_length(const struct ip_prefix *mask)
{
	uint32_t bits = get_be32(mask->bytes);
	int length = 0;

	if (mask->size != 4)
		return -1;
	while (length < 32 && (bits & (uint32_t)1 << (31 - length)))
		length++;
	return length == 32 || (bits << length) == 0 ? length : -1;
}

const char *ip_address_text(const struct ip_prefix *address, char text[IP_TEXT])
{
	if (!inet_ntop(address->size == 4 ? AF_INET : AF_INET6, address->bytes, text, IP_TEXT))
		text[0] = 0;
	return text;
}

const char *ip_prefix_text(const struct ip_prefix *prefix, char text[IP_TEXT])
{
	char address[IP_TEXT];

	snprintf(text, IP_TEXT, "%.43s/%u", ip_address_text(prefix, address), prefix->length);
	return text;
}

bool ip_prefix_has(const struct ip_prefix *network, const struct ip_prefix *address)
{
	size_t whole = network->length / 8;
	unsigned rest = network->length % 8;

	if (network->size != address->size || memcmp(network->bytes, address->bytes, whole) != 0)
		return false;
	return rest == 0 || (network->bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

bool ip_is_any(const struct ip_prefix *address)
{
	for (size_t i = 0; i < address->size; i++)
		if (address->bytes[i])
			return false;
	return true;
}
