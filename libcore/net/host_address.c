#include "net/host_address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/clock.h"

enum { PAUSE_MS = 1000 };

static bool take(const struct sockaddr *address, struct ip_prefix *out)
{
	const void *bytes = NULL;

	out->size = address->sa_family == AF_INET ? 4 : address->sa_family == AF_INET6 ? 16 : 0;
	out->length = (uint8_t)(out->size * 8);
	if (out->size == 4)
		bytes = &((const struct sockaddr_in *)address)->sin_addr;
	else if (out->size == 16)
		bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
	if (bytes)
		memcpy(out->bytes, bytes, out->size);
	return bytes != NULL;
}

static int take_all(const struct addrinfo *list, struct ip_prefix *addresses, unsigned max)
{
	unsigned count = 0;

	for (; list && count < max; list = list->ai_next)
		count += take(list->ai_addr, &addresses[count]);
	return (int)count;
}

int resolve_host(const char *host, uint64_t deadline, struct ip_prefix *addresses, unsigned max, struct error *e)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list;
	int code, count;

	if (ip_address_parse(span_of(host, strlen(host)), &addresses[0]))
		return 1;
	while ((code = getaddrinfo(host, NULL, &hints, &list)) == EAI_AGAIN && clock_ms() < deadline)
		clock_sleep(PAUSE_MS);
	if (code == EAI_AGAIN) {
		error_set(e, ETIMEDOUT, "%s: no name server answered", host);
		return error_hint(e, "Is the network up, and is its name server in /etc/resolv.conf (ifup, dns)?");
	}
	if (code)
		return error_set(e, code == EAI_SYSTEM ? errno : ENOENT, "%s: %s", host, gai_strerror(code));
	count = take_all(list, addresses, max);
	freeaddrinfo(list);
	return count ? count : error_set(e, ENOENT, "%s: it has no address", host);
}
