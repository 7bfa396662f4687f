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

enum {
	CONTROL_MINOR = 236, /* of the misc devices: Documentation/admin-guide/devices.txt */
	MISC_MAJOR = 10,
	REQUEST_MAX = 64 << 10, /* bytes of a call with its table */
};

static int open_control(struct error *e)
{
	int fd;

	/* devtmpfs has it; elsewhere it is made. */
	mkdir("/dev/mapper", 0755);
	if (mknod("/dev/mapper/control", S_IFCHR | 0600, makedev(MISC_MAJOR, CONTROL_MINOR)) != 0 && errno != EEXIST)
		return error_errno(e, "/dev/mapper/control");
	fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	error_errno(e, "/dev/mapper/control");
	return error_hint(e, "Is the driver loaded? Its module is dm_mod.");
}

static struct dm_ioctl *start_request(void *buffer, const char *name)
{
	struct dm_ioctl *request = buffer;

	memset(buffer, 0, REQUEST_MAX);
	request->version[0] = DM_VERSION_MAJOR;
	request->data_size = REQUEST_MAX;
	request->data_start = sizeof(*request);
	snprintf(request->name, sizeof(request->name), "%s", name);
	return request;
}

/* Puts one target after the others, padded to 8 bytes. Returns its size, or 0 where it does not fit. */
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

static int load_table(int fd, void *buffer, const char *name, const struct dm_target *targets, size_t count,
		      bool readonly, struct error *e)
{
	struct dm_ioctl *request = start_request(buffer, name);
	size_t used = sizeof(*request);

	request->flags = readonly ? DM_READONLY_FLAG : 0;
	for (size_t i = 0; i < count; i++) {
		size_t size = put_target((uint8_t *)buffer + used, REQUEST_MAX - used, &targets[i]);

		if (!size)
			return error_set(e, E2BIG, "%s: the table is too long", name);
		used += size;
	}
	request->target_count = (uint32_t)count;
	if (ioctl(fd, DM_TABLE_LOAD, request) == 0)
		return 0;
	error_errno(e, "%s: loading the table", name);
	return error_hint(e, "The kernel's log says more; the target's module may be missing (dm_mod, dm_crypt).");
}

/* As udev's rules do. An existing link is left alone. */
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
	void *buffer CLEANUP(free_ptr) = malloc(REQUEST_MAX);
	int fd CLEANUP(close_fd) = -1;
	struct dm_ioctl *request;
	int r;

	if (!buffer)
		return error_set(e, ENOMEM, "no memory");
	if (!*name || strlen(name) >= DM_NAME_LEN || strchr(name, '/'))
		return error_set(e, EINVAL, "'%s' is not a valid name for a mapped device", name);
	fd = open_control(e);
	if (fd < 0)
		return fd;
	request = start_request(buffer, name);
	if (ioctl(fd, DM_DEV_CREATE, request) != 0)
		return error_errno(e, "making the mapped device %s", name);
	*device = minor(request->dev);
	r = load_table(fd, buffer, name, targets, count, readonly, e);
	/* Without DM_SUSPEND_FLAG this resumes, which starts the table. */
	if (r == 0 && ioctl(fd, DM_DEV_SUSPEND, start_request(buffer, name)) != 0)
		r = error_errno(e, "starting the mapped device %s", name);
	if (r == 0)
		link_node(name, *device);
	if (r < 0)
		ioctl(fd, DM_DEV_REMOVE, start_request(buffer, name));
	return r;
}

int dm_remove(const char *name, struct error *e)
{
	void *buffer CLEANUP(free_ptr) = malloc(REQUEST_MAX);
	int fd CLEANUP(close_fd) = -1;
	char path[DM_NAME_LEN + 16];
	struct dm_ioctl *request;

	if (!buffer)
		return error_set(e, ENOMEM, "no memory");
	fd = open_control(e);
	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	unlink(path);
	request = start_request(buffer, name);
	request->flags = DM_DEFERRED_REMOVE;
	return ioctl(fd, DM_DEV_REMOVE, request) == 0 ? 0 : error_errno(e, "removing the mapped device %s", name);
}

/* The kernel's answer: targets, each followed by its text, with the next one's offset from the first. */
static int write_lines(struct span targets, uint32_t count, char *text, size_t size)
{
	uint64_t at = 0;
	size_t used = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct span part = span_part(targets, at, sizeof(struct dm_target_spec) + 1);
		struct dm_target_spec spec;
		struct span words;
		int n;

		if (!part.size)
			return -EINVAL;
		memcpy(&spec, part.data, sizeof(spec));
		words = span_part(targets, at + sizeof(spec), targets.size - at - sizeof(spec));
		n = snprintf(text + used, size - used, "%llu %llu %.*s %.*s\n", (unsigned long long)spec.sector_start,
			     (unsigned long long)spec.length, (int)strnlen(spec.target_type, sizeof(spec.target_type)),
			     spec.target_type, (int)strnlen((const char *)words.data, words.size),
			     (const char *)words.data);
		if (n < 0 || (size_t)n >= size - used)
			return -E2BIG;
		used += (size_t)n;
		at = spec.next;
	}
	return 0;
}

int dm_table_read(const char *name, char *text, size_t size, struct error *e)
{
	void *buffer CLEANUP(free_ptr) = malloc(REQUEST_MAX);
	int fd CLEANUP(close_fd) = -1;
	struct dm_ioctl *request;
	int r;

	if (!buffer)
		return error_set(e, ENOMEM, "no memory");
	if (!*name || strlen(name) >= DM_NAME_LEN)
		return error_set(e, EINVAL, "'%s' is not a valid name for a mapped device", name);
	fd = open_control(e);
	if (fd < 0)
		return fd;
	request = start_request(buffer, name);
	request->flags = DM_STATUS_TABLE_FLAG;
	if (ioctl(fd, DM_TABLE_STATUS, request) != 0)
		return error_errno(e, "%s: reading the table", name);
	if ((request->flags & DM_BUFFER_FULL_FLAG) || request->data_start > REQUEST_MAX)
		return error_set(e, E2BIG, "%s: the table is too long", name);
	r = write_lines(span_of((uint8_t *)buffer + request->data_start, REQUEST_MAX - request->data_start),
			request->target_count, text, size);
	return r < 0 ? error_set(e, -r, "%s: the table is too long, or not understood", name) : 0;
}
