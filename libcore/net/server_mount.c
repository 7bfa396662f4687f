#include "net/server_mount.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "fmt/mount_source.h"
#include "net/host_address.h"
#include "sys/file.h"

enum {
	HOST_MAX = 256,
	ADDRESSES = 4,
	CREDENTIALS_MAX = 4096,
};

/* One attempt: options as the kernel takes them. */
struct attempt {
	const char *source, *dir, *type;
	struct mount_options options;
	bool full; /* the options did not fit */
};

static void add(struct attempt *a, const char *name, const char *value)
{
	const char *comma = a->options.data[0] ? "," : "";

	if (!text_add(a->options.data, sizeof(a->options.data), "%s%s%s", comma, name, value))
		a->full = true;
}

/* Adds an option unless one of these names is there; names ends with NULL. */
static void add_default(struct attempt *a, const char *const *names, const char *name, const char *value)
{
	for (; *names; names++)
		if (mount_has_option(a->options.data, *names))
			return;
	add(a, name, value);
}

/* What the errors mean where a server is at the other end. */
static int explain(const struct attempt *a, int code, struct error *e)
{
	error_set(e, code, "mounting %s on %s: %s", a->source, a->dir, strerror(code));
	switch (code) {
	case ENODEV:
		return error_hint(e, "Is the driver loaded? Its module is %s.", a->type);
	case EACCES:
	case EPERM:
		return error_hint(e, "The server refuses: may this machine, or this user, mount it?");
	case ECONNREFUSED:
		return error_hint(e, "The server is there, but nothing listens for %s.", a->type);
	case ENOENT:
		return error_hint(e, "Does the server have it, and does the directory %s exist?", a->dir);
	case EINVAL:
		return error_hint(e, "An option may be wrong; the kernel's log says which.");
	}
	return -code;
}

static int try_mount(struct attempt *a, struct error *e)
{
	if (a->full)
		return error_set(e, E2BIG, "mounting %s: too many options", a->source);
	if (mounts_add(a->source, a->dir, a->type, &a->options, e) == 0)
		return 0;
	return explain(a, e->code, e);
}

/* --- NFS --- */

static const char *const versions[] = {"4.2", "4.1", "4.0", "3"};

/* What says that another version may work: one that the server or this kernel lacks, another name space. */
static bool try_older(int code)
{
	return code == EPROTONOSUPPORT || code == EINVAL || code == ENOENT || code == EPROTO || code == ECONNREFUSED ||
	       code == EOPNOTSUPP;
}

static void add_nfs_options(struct attempt *a, const struct ip_prefix *address, const char *version)
{
	char text[IP_TEXT];

	if (version)
		add(a, "vers=", version);
	add_default(a, (const char *const[]){"proto=", "tcp", "udp", "rdma", NULL},
		    "proto=", address->size == 4 ? "tcp" : "tcp6");
	add_default(a, (const char *const[]){"soft", "hard", "softerr", NULL}, "soft", "");
	add_default(a, (const char *const[]){"timeo=", NULL}, "timeo=", "50");
	add_default(a, (const char *const[]){"retrans=", NULL}, "retrans=", "2");
	/* Version 3 asks the server's lock manager otherwise, which needs a daemon here. */
	if (version && strcmp(version, "3") == 0)
		add_default(a, (const char *const[]){"nolock", "lock", NULL}, "nolock", "");
	add_default(a, (const char *const[]){"addr=", NULL}, "addr=", ip_address_text(address, text));
}

static int mount_nfs(const struct attempt *base, const struct ip_prefix *address, struct error *e)
{
	static const char *const names[] = {"vers=", "nfsvers=", "v3", "v4", "v4.0", "v4.1", "v4.2", NULL};
	const char *const *given = names;
	struct attempt a = *base;
	struct error first = {.code = 0};
	int result = 0;

	while (*given && !mount_has_option(base->options.data, *given))
		given++;
	if (*given) {
		if (mount_has_option(a.options.data, "vers=3") || mount_has_option(a.options.data, "nfsvers=3") ||
		    mount_has_option(a.options.data, "v3"))
			add_default(&a, (const char *const[]){"nolock", "lock", NULL}, "nolock", "");
		add_nfs_options(&a, address, NULL);
		return try_mount(&a, e);
	}
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (strcmp(base->type, "nfs4") == 0 && versions[i][0] == '3')
			break;
		a = *base;
		a.type = "nfs";
		add_nfs_options(&a, address, versions[i]);
		result = try_mount(&a, e);
		if (result == 0 || !try_older(-result))
			break;
		/* What says most is the first answer about the name, not the last about a version. */
		if (!first.code || first.code == EPROTONOSUPPORT)
			first = *e;
	}
	if (result < 0 && first.code)
		*e = first;
	return result < 0 ? -e->code : 0;
}

/* --- CIFS --- */

/* A comma in a password is doubled for the kernel. */
static void add_password(struct attempt *a, struct span password)
{
	char text[2 * 256] = "";
	size_t n = 0;

	for (size_t i = 0; i < password.size && n < sizeof(text) - 3; i++) {
		text[n++] = (char)password.data[i];
		if (password.data[i] == ',')
			text[n++] = ',';
	}
	add(a, "password=", text);
}

static void add_credential(struct attempt *a, struct span line)
{
	static const struct {
		const char *name, *option;
	} names[] = {
		{"username=", "username="}, {"user=", "username="}, {"domain=", "domain="}, {"workgroup=", "domain="}};
	char value[256];

	line = span_trim(line);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i].name);

		if (line.size < length || memcmp(line.data, names[i].name, length) != 0)
			continue;
		snprintf(value, sizeof(value), "%.*s", (int)(line.size - length), (const char *)line.data + length);
		add(a, names[i].option, value);
	}
	if (line.size >= 9 && memcmp(line.data, "password=", 9) == 0)
		add_password(a, span_part(line, 9, line.size - 9));
}

/* Takes credentials=FILE out of the options. Returns whether it was there. */
static bool take_credentials(char *options, char *path, size_t size)
{
	char *start = strstr(options, "credentials=");
	const char *rest;

	if (!mount_has_option(options, "credentials="))
		return false;
	rest = start + strcspn(start, ",");
	snprintf(path, size, "%.*s", (int)(rest - start - 12), start + 12);
	/* The comma that follows goes too, or else the one in front. */
	if (*rest)
		rest++;
	else if (start > options)
		start--;
	memmove(start, rest, strlen(rest) + 1);
	return true;
}

/* Replaces credentials=FILE by what the file says. */
static int add_credentials(struct attempt *a, struct error *e)
{
	char *text CLEANUP(free_ptr) = NULL, path[HOST_MAX];
	struct span rest;
	size_t size;

	if (!take_credentials(a->options.data, path, sizeof(path)))
		return 0;
	if (file_read(path, CREDENTIALS_MAX, &text, &size, e) < 0)
		return error_context(e, "credentials");
	for (rest = span_of(text, size); rest.size;)
		add_credential(a, span_take_line(&rest));
	explicit_bzero(text, size);
	return 0;
}

static int mount_cifs(const struct attempt *base, const struct ip_prefix *address, struct error *e)
{
	struct attempt a = *base;
	char text[IP_TEXT];
	int result = add_credentials(&a, e);

	if (result < 0)
		return result;
	add_default(&a, (const char *const[]){"vers=", NULL}, "vers=", "3.1.1");
	add_default(&a, (const char *const[]){"echo_interval=", NULL}, "echo_interval=", "5");
	add_default(&a, (const char *const[]){"ip=", "addr=", NULL}, "ip=", ip_address_text(address, text));
	result = try_mount(&a, e);
	explicit_bzero(&a.options, sizeof(a.options));
	if (result == -ENOENT)
		return error_hint(e,
				  "The share may not exist, or the kernel lacks crypto: cmac, gcm, ccm, sha512, aes.");
	return result;
}

int server_mount(const char *source, const char *dir, const char *type, const struct mount_options *options,
		 uint64_t deadline, struct error *e)
{
	const struct attempt base = {.source = source, .dir = dir, .type = type, .options = *options};
	const bool nfs = strncmp(type, "nfs", 3) == 0;
	struct span name = nfs ? nfs_host(span_of(source, strlen(source))) : cifs_host(span_of(source, strlen(source)));
	struct ip_prefix addresses[ADDRESSES];
	char host[HOST_MAX];
	int count, result = 0;

	if (!name.size || name.size >= sizeof(host))
		return error_set(e, EINVAL, "%s: %s needs a source like %s", source, type,
				 nfs ? "HOST:/PATH" : "//HOST/SHARE");
	memcpy(host, name.data, name.size);
	host[name.size] = 0;
	count = resolve_host(host, deadline, addresses, ADDRESSES, e);
	if (count < 0)
		return error_context(e, "mounting %s", source);
	for (int i = 0; i < count; i++) {
		result = nfs ? mount_nfs(&base, &addresses[i], e) : mount_cifs(&base, &addresses[i], e);
		if (result == 0 || result == -EACCES || result == -EPERM)
			break;
	}
	return result;
}
