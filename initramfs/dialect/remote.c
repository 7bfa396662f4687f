#include "dialect/remote.h"

#include <string.h>
#include <strings.h>

static const char digits[] = "0123456789";

/* Copies length bytes. Returns whether they fit. */
static bool copy(char *to, size_t room, const char *from, size_t length)
{
	if (length >= room)
		return false;
	memcpy(to, from, length);
	to[length] = 0;
	return true;
}

static const char *take_host(struct remote *r, const char *text, size_t length)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const char address[] = "0123456789abcdefABCDEF:.";

	if (length > 1 && text[0] == '[' && text[length - 1] == ']') {
		if (!copy(r->host, sizeof(r->host), text + 1, length - 2) || r->host[strspn(r->host, address)] ||
		    !strchr(r->host, ':'))
			return "the text in brackets is not an IPv6 address";
		return NULL;
	}
	if (!copy(r->host, sizeof(r->host), text, length) || !r->host[0] || r->host[strspn(r->host, name)])
		return "missing or invalid host; write a host name or address, an IPv6 address in brackets";
	return NULL;
}

static const char *take_port(struct remote *r, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!strchr(digits, text[i]) || r->port > 65535)
			return "the port must be a number from 1 to 65535";
		r->port = r->port * 10 + (unsigned)(text[i] - '0');
	}
	return r->port > 65535 || (length && r->port == 0) ? "the port must be a number from 1 to 65535" : NULL;
}

/* USER[:PASSWORD], length bytes. */
static const char *take_user(struct remote *r, const char *text, size_t length)
{
	const char *colon = memchr(text, ':', length);
	size_t name = colon ? (size_t)(colon - text) : length;

	if (name == 0)
		return "missing user before '@'";
	if (!copy(r->user, sizeof(r->user), text, name) ||
	    (colon && !copy(r->password, sizeof(r->password), colon + 1, length - name - 1)))
		return "the user or password is too long";
	return NULL;
}

/* [USER[:PASSWORD]@]HOST[:PORT], length bytes. */
static const char *take_authority(struct remote *r, const char *text, size_t length)
{
	const char *at = memrchr(text, '@', length), *host = at ? at + 1 : text, *end = text + length;
	const char *colon = end, *wrong = NULL;

	if (at)
		wrong = take_user(r, text, (size_t)(at - text));
	/* The last colon that is not part of an address in brackets. */
	while (colon > host && colon[-1] != ':' && colon[-1] != ']')
		colon--;
	colon = colon > host && colon[-1] == ':' ? colon - 1 : end;
	if (!wrong)
		wrong = take_host(r, host, (size_t)(colon - host));
	if (!wrong && colon < end)
		wrong = take_port(r, colon + 1, (size_t)(end - colon - 1));
	return wrong;
}

const char *remote_from_url(struct remote *r, const char *text)
{
	static const struct {
		const char *text, *scheme;
	} schemes[] = {{"file", "file"}, {"ftp", "ftp"}, {"sftp", "sftp"}, {"scp", "sftp"},
		       {"ssh", "ssh"},   {"nfs", "nfs"}, {"cifs", "cifs"}, {"smb", "cifs"}};
	const char *rest = strstr(text, "://"), *slash, *wrong;

	*r = (struct remote){.port = 0};
	for (size_t i = 0; rest && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strlen(schemes[i].text) == (size_t)(rest - text) &&
		    strncasecmp(schemes[i].text, text, (size_t)(rest - text)) == 0)
			copy(r->scheme, sizeof(r->scheme), schemes[i].scheme, strlen(schemes[i].scheme));
	if (!r->scheme[0])
		return "it is neither an absolute directory nor a URL of file, ftp, sftp, ssh, nfs or cifs";
	rest += 3;
	slash = strchr(rest, '/');
	if (!slash)
		return "missing path after the host";
	if (!copy(r->path, sizeof(r->path), slash, strlen(slash)))
		return "the path is too long";
	if (strcmp(r->scheme, "file") != 0)
		return take_authority(r, rest, (size_t)(slash - rest));
	wrong = slash == rest ? NULL : "a file URL has no host; write three slashes, as in: file:///var/crash";
	return wrong;
}

const char *remote_from_mount(struct remote *r, const char *scheme, const char *text)
{
	const char *bracket = strchr(text, ']'), *colon = strchr(text[0] == '[' && bracket ? bracket : text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);

	*r = (struct remote){.port = 0};
	copy(r->scheme, sizeof(r->scheme), scheme, strlen(scheme));
	if (!copy(r->path, sizeof(r->path), colon ? colon + 1 : "/", colon ? strlen(colon + 1) : 1))
		return "the path is too long";
	if (colon && r->path[0] != '/')
		return "write an absolute path after the colon, as in: server:/export";
	return take_host(r, text, length);
}

const char *remote_from_login(struct remote *r, const char *text)
{
	static const char address[] = "0123456789abcdefABCDEF:.";
	const char *at = strchr(text, '@');

	*r = (struct remote){.scheme = "ssh", .path = ""};
	if (!at)
		return "missing user; write USER@HOST";
	/* ssh accepts an IPv6 address without brackets. */
	if (strchr(at, ':') && at[1] != '[' && at[1 + strspn(at + 1, address)] == 0) {
		const char *wrong = take_user(r, text, (size_t)(at - text));

		return wrong ? wrong : copy(r->host, sizeof(r->host), at + 1, strlen(at + 1)) ? NULL : "too long";
	}
	return take_authority(r, text, strlen(text));
}

void remote_print(struct buffer *out, const struct remote *r)
{
	bool brackets = strchr(r->host, ':');

	buffer_print(out, "%s://%s%s%s%s%s", r->scheme, r->user, r->user[0] ? "@" : "", brackets ? "[" : "", r->host,
		     brackets ? "]" : "");
	if (r->port)
		buffer_print(out, ":%u", r->port);
	buffer_print(out, "%s", r->path);
}
