#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ifup/ifup_parts.h"
#include "sys/file.h"

#define RESOLV_CONF "/etc/resolv.conf"

enum { RESOLV_MAX = 4096 };

static void add_line(char *text, const char *keyword, const char *value)
{
	char line[192] = "";

	text_add(line, sizeof(line), "%s %s\n", keyword, value);
	if (!strstr(text, line))
		text_add(text, RESOLV_MAX, "%s", line);
}

static void add_interface(char *text, const struct interface *i)
{
	char address[IP_TEXT];

	for (unsigned d = 0; d < i->dns_count; d++)
		add_line(text, "nameserver", ip_address_text(&i->dns[d], address));
	if (i->search[0])
		add_line(text, "search", i->search);
}

/* What is there stays, since another interface may have put it there; what is new comes after it. */
int ifup_resolver(const struct ifup *u, struct error *e)
{
	int fd CLEANUP(close_fd) = -1;
	char text[RESOLV_MAX] = "";
	ssize_t got = 0;
	int result;

	if (!u->got.dns_count && !u->wanted->dns_count && !u->wanted->search[0])
		return 0;
	mkdir("/etc", 0755);
	fd = open(RESOLV_CONF, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || (got = read_all_at(fd, text, sizeof(text) - 1, 0)) < 0)
		return error_errno(e, RESOLV_CONF);
	text[got] = 0;
	if (got && text[got - 1] != '\n')
		text_add(text, sizeof(text), "\n");
	add_interface(text, u->wanted);
	add_interface(text, &u->got);
	result = write_all_at(fd, text, strlen(text), 0);
	return result < 0 ? error_set(e, -result, RESOLV_CONF ": %s", strerror(-result)) : 0;
}
