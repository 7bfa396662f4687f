#include "sys/dm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/span.h"
#include "base/text.h"

enum {
	CONTROL_MINOR = 236, /* of the misc devices: Documentation/admin-guide/devices.txt */
	MISC_MAJOR = 10,
	REQUEST_MAX = 64 << 10, /* bytes of a call with its table */
};

/* The calls for one device: a descriptor of the driver, and a buffer of REQUEST_MAX bytes. */
struct session {
	const char *name;
	int fd;
	void *buffer;
};

static void session_close(struct session *s)
{
	close_fd(&s->fd);
	free(s->buffer);
}

static int session_open(struct session *s, struct error *e)
{
	s->buffer = malloc(REQUEST_MAX);
	if (!s->buffer)
		return error_set(e, ENOMEM, "no memory");
	if (!*s->name || strlen(s->name) >= DM_NAME_LEN || strchr(s->name, '/'))
		return error_set(e, EINVAL, "'%s' is not a valid name for a mapped device", s->name);
	/* devtmpfs has it; make it elsewhere. */
	mkdir("/dev/mapper", 0755);
	if (mknod("/dev/mapper/control", S_IFCHR | 0600, makedev(MISC_MAJOR, CONTROL_MINOR)) != 0 && errno != EEXIST)
		return error_errno(e, "/dev/mapper/control");
	s->fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (s->fd >= 0)
		return 0;
	error_errno(e, "/dev/mapper/control");
	return error_hint(e, "Is the driver loaded? Its module is dm_mod.");
}

static struct dm_ioctl *start_request(struct session *s)
{
	struct dm_ioctl *request = s->buffer;

	memset(request, 0, REQUEST_MAX);
	request->version[0] = DM_VERSION_MAJOR;
	request->data_size = REQUEST_MAX;
	request->data_start = sizeof(*request);
	snprintf(request->name, sizeof(request->name), "%s", s->name);
	return request;
}

/* Appends a target, padded to 8 bytes. Returns its size, or 0 if it does not fit. */
static size_t put_target(uint8_t *at, size_t room, const struct dm_target *target)
{
	struct dm_target_spec spec = {.sector_start = target->start, .length = target->length};
	size_t text = strlen(target->arguments) + 1, size = (sizeof(spec) + text + 7) & ~(size_t)7;

	if (size > room || strlen(target->type) >= sizeof(spec.target_type))
		return 0;
	snprintf(spec.target_type, sizeof(spec.target_type), "%s", target->type);
	spec.next = (uint32_t)size;
	memcpy(at, &spec, sizeof(spec));
	memcpy(at + sizeof(spec), target->arguments, text);
	return size;
}

static int load_table(struct session *s, const struct dm_target *targets, size_t count, bool readonly, struct error *e)
{
	struct dm_ioctl *request = start_request(s);
	size_t used = sizeof(*request);

	request->flags = readonly ? DM_READONLY_FLAG : 0;
	for (size_t i = 0; i < count; i++) {
		size_t size = put_target((uint8_t *)request + used, REQUEST_MAX - used, &targets[i]);

		if (!size)
			return error_set(e, E2BIG, "%s: the table is too long", s->name);
		used += size;
	}
	request->target_count = (uint32_t)count;
	if (ioctl(s->fd, DM_TABLE_LOAD, request) == 0)
		return 0;
	error_errno(e, "%s: loading the table", s->name);
	return error_hint(e, "The kernel's log says more; the target's module may be missing (dm_mod, dm_crypt).");
}

/* As udev's rules do. Keeps an existing link. */
static void link_node(const char *name, unsigned device)
{
	char target[32], path[DM_NAME_LEN + 16];

	snprintf(target, sizeof(target), "../dm-%u", device);
	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	if (symlink(target, path) != 0)
		return;
}

int dm_create(const char *name, const struct dm_target *targets, size_t count, bool readonly, unsigned *device,
	      struct error *e)
{
	struct session s CLEANUP(session_close) = {.name = name, .fd = -1};
	struct dm_ioctl *request;
	int r = session_open(&s, e);

	if (r < 0)
		return r;
	request = start_request(&s);
	if (ioctl(s.fd, DM_DEV_CREATE, request) != 0)
		return error_errno(e, "making the mapped device %s", name);
	*device = minor(request->dev);
	r = load_table(&s, targets, count, readonly, e);
	/* Without DM_SUSPEND_FLAG this resumes, which starts the table. */
	if (r == 0 && ioctl(s.fd, DM_DEV_SUSPEND, start_request(&s)) != 0)
		r = error_errno(e, "starting the mapped device %s", name);
	if (r == 0)
		link_node(name, *device);
	if (r < 0)
		ioctl(s.fd, DM_DEV_REMOVE, start_request(&s));
	return r;
}

int dm_remove(const char *name, struct error *e)
{
	struct session s CLEANUP(session_close) = {.name = name, .fd = -1};
	char path[DM_NAME_LEN + 16];
	struct dm_ioctl *request;

	if (session_open(&s, e) < 0)
		return -e->code;
	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	unlink(path);
	request = start_request(&s);
	request->flags = DM_DEFERRED_REMOVE;
	return ioctl(s.fd, DM_DEV_REMOVE, request) == 0 ? 0 : error_errno(e, "removing the mapped device %s", name);
}

/* The kernel's answer: targets, each followed by its text, with the offset of the next one from the first. */
static int write_lines(struct span targets, uint32_t count, char *text, size_t size)
{
	uint64_t at = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct span part = span_part(targets, at, sizeof(struct dm_target_spec) + 1);
		struct dm_target_spec spec;
		struct span words;

		if (!part.size)
			return -EINVAL;
		memcpy(&spec, part.data, sizeof(spec));
		words = span_part(targets, at + sizeof(spec), targets.size - at - sizeof(spec));
		if (!text_add(text, size, "%llu %llu %.*s %.*s\n", (unsigned long long)spec.sector_start,
			      (unsigned long long)spec.length, (int)strnlen(spec.target_type, sizeof(spec.target_type)),
			      spec.target_type, (int)strnlen((const char *)words.data, words.size),
			      (const char *)words.data))
			return -E2BIG;
		at = spec.next;
	}
	return 0;
}

int dm_table_read(const char *name, char *text, size_t size, struct error *e)
{
	struct session s CLEANUP(session_close) = {.name = name, .fd = -1};
	struct dm_ioctl *request;
	int r = session_open(&s, e);

	if (r < 0)
		return r;
	request = start_request(&s);
	request->flags = DM_STATUS_TABLE_FLAG;
	if (ioctl(s.fd, DM_TABLE_STATUS, request) != 0)
		return error_errno(e, "%s: reading the table", name);
	if ((request->flags & DM_BUFFER_FULL_FLAG) || request->data_start > REQUEST_MAX)
		return error_set(e, E2BIG, "%s: the table is too long", name);
	r = write_lines(span_of((uint8_t *)request + request->data_start, REQUEST_MAX - request->data_start),
			request->target_count, text, size);
	return r < 0 ? error_set(e, -r, "%s: the table is too long or malformed", name) : 0;
}
