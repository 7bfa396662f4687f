/* md-assemble: assembles a software RAID array from the members present. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "base/cleanup.h"
#include "fmt/md_super.h"
#include "sys/blockdev.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/md.h"

enum { POLL_MS = 200, DEFAULT_MS = 30000, MEMBERS = 64 };

static const struct option options[] = {
	{'t', "timeout", "SECONDS", "wait for all members this long (default 30), then start degraded"},
	{'f', "force", NULL, "also start a RAID 5 or 6 that is dirty and degraded"},
	{0},
};

struct member {
	char path[80];
	struct md_super super;
};

/* The members found so far. */
struct members {
	const char *uuid;
	size_t count, newest;
	struct member member[MEMBERS];
};

static bool is_member(const struct blockdev *device, const char *uuid, struct md_super *super)
{
	int fd CLEANUP(close_fd) = open(device->path, O_RDONLY | O_CLOEXEC);
	static uint8_t bytes[MD_SUPER_SIZE];
	struct md_place place[MD_PLACES];
	int places = fd < 0 ? 0 : md_places(device->size, place);

	for (int i = 0; i < places; i++) {
		ssize_t n = read_all_at(fd, bytes, sizeof(bytes), place[i].offset);

		if (n > 0 && md_super_read(span_of(bytes, (size_t)n), &place[i], super) &&
		    md_uuid_same(super->uuid, uuid))
			return true;
	}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* sda1 of sda, nvme0n1p1 of nvme0n1. */
static bool is_partition_of(const char *path, const char *disk)
{
	size_t length = strlen(disk);

	if (strncmp(path, disk, length) != 0)
		return false;
	return is_digit(disk[length - 1]) ? path[length] == 'p' && is_digit(path[length + 1]) : is_digit(path[length]);
}

static int look(void *context, const struct blockdev *device)
{
	struct members *m = context;
	struct member *member = &m->member[m->count];

	if (device->held || m->count == MEMBERS || !is_member(device, m->uuid, &member->super))
		return 0;
	snprintf(member->path, sizeof(member->path), "%s", device->path);
	/* With version 0.90 both a disk and the partition at its end show the superblock. The partition, which
	 * comes later, is the member. */
	if (m->count && is_partition_of(member->path, member[-1].path)) {
		member[-1] = *member;
		m->count--;
	}
	m->count++;
	return 0;
}

/* Drops members that failed earlier than the others. Returns how many are left. */
static size_t drop_old(struct members *m)
{
	uint64_t newest = 0;
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->member[i].super.events > newest)
			newest = m->member[i].super.events;
	for (size_t i = 0; i < m->count; i++) {
		if (m->member[i].super.events + 1 < newest)
			continue;
		m->member[count] = m->member[i];
		if (m->member[count].super.events == newest)
			m->newest = count;
		count++;
	}
	return m->count = count;
}

/* Waits for as many as were last active: an array that was already degraded does not wait in vain. */
static int find_members(struct members *m, uint64_t ms, struct error *e)
{
	uint64_t start = clock_ms();

	for (;;) {
		m->count = 0;
		if (blockdev_each(look, m, e) < 0)
			return -e->code;
		if (drop_old(m) && m->count >= m->member[m->newest].super.active)
			return 0;
		if (clock_ms() - start >= ms)
			break;
		clock_sleep(POLL_MS);
	}
	if (m->count == 0)
		return error_set(e, ENODEV, "no member of the array %s found after %llu s", m->uuid,
				 (unsigned long long)ms / 1000);
	applet_say("found %zu of the array's %u members after %llu s: starting degraded", m->count,
		   m->member[m->newest].super.active, (unsigned long long)ms / 1000);
	return 0;
}

static int assemble(const char *path, const char *uuid, uint64_t ms, bool force, struct error *e)
{
	struct members *m CLEANUP(free_ptr) = calloc(1, sizeof(*m));
	const struct md_super *super;
	struct md_array array;
	int r;

	if (!m)
		return error_set(e, ENOMEM, "no memory");
	m->uuid = uuid;
	r = find_members(m, ms, e);
	super = &m->member[m->newest].super;
	if (r == 0)
		r = md_open(&array, path, super->major, super->minor, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < m->count; i++) {
		/* A member that the kernel refuses counts as missing. */
		if (md_add(&array, m->member[i].path, e) < 0)
			applet_say("%s", e->text);
	}
	r = md_run(&array, force, e);
	if (r == 0)
		applet_say("%s runs, level %d, %d of %u members", path, super->level, array.members, super->raid_disks);
	md_close(&array);
	return r;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	const char *path = NULL, *uuid = NULL;
	uint64_t ms = DEFAULT_MS;
	struct error e = {.code = 0};
	bool force = false;
	int id;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		if (id == OPTION_OPERAND && !path)
			path = o.value;
		else if (id == OPTION_OPERAND && !uuid)
			uuid = o.value;
		else if (id == OPTION_OPERAND)
			return applet_usage("unexpected argument '%s'", o.value);
		else if (id == 'f')
			force = true;
		else if (duration_parse(o.value, &ms, &e) < 0)
			return applet_usage_error(&e);
	}
	if (!uuid)
		return applet_usage("missing DEVICE or UUID");
	return assemble(path, uuid, ms, force, &e) < 0 ? applet_error(&e) : STATUS_DONE;
}

const struct applet applet_md_assemble = {
	.name = "md-assemble",
	.usage = "[-f] [-t SECONDS] DEVICE UUID",
	.help = "Starts the software RAID array with this UUID as DEVICE, such as /dev/md0, from its members, found\n"
		"by their superblocks (0.90, 1.0, 1.1, 1.2). If some do not appear in time, it starts degraded. The\n"
		"next boot resynchronises it.",
	.options = options,
	.run = run,
};
