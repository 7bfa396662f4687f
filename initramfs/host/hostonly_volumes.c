#include "host/hostonly_volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/md_super.h"
#include "host/hostonly.h"
#include "host/hostonly_key.h"
#include "dialect/setting_keys.h"
#include "dialect/setting_volumes.h"
#include "sys/blockdev.h"
#include "sys/dm.h"
#include "sys/file.h"
#include "host/sysfs.h"
#include "text/word.h"

enum {
	DEPTH_MAX = 16,    /* levels of nested devices */
	TABLE_MAX = 65536, /* bytes of a table */
};

struct record {
	struct plan *plan;
	const struct host_view *view;
	const struct log *log;
	struct sysfs sysfs;
	int depth;
	struct md_super super; /* of the array that is being read */
	struct error *e;
};

static const char *last_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* --- md --- */

/* Returns 1 when it finds a superblock, which ends the walk. */
static int read_member(void *context, const char *dir, const char *name)
{
	struct record *r = context;
	char path[PATH_MAX], size[32], real[PATH_MAX];
	uint8_t bytes[MD_SUPER_SIZE];
	struct md_place place[MD_PLACES];
	int fd CLEANUP(close_fd) = -1;
	int places;

	if (!sysfs_resolve(r->sysfs.top, dir, name, real) || !sysfs_text(real, "size", size, sizeof(size)) ||
	    snprintf(path, sizeof(path), "%s/%s", r->view->dev, last_name(real)) >= (int)sizeof(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	places = fd < 0 ? 0 : md_places(strtoull(size, NULL, 10) * 512, place);
	for (int i = 0; i < places; i++) {
		ssize_t n = read_all_at(fd, bytes, sizeof(bytes), place[i].offset);

		if (n > 0 && md_super_read(span_of(bytes, (size_t)n), &place[i], &r->super))
			return 1;
	}
	return 0;
}

/* Reads the level, and if it needs memory for each member, the number of members. */
static int read_level(struct record *r, const char *path, struct md_array *array)
{
	char level[32], members[32];

	sysfs_text(path, "md/level", level, sizeof(level));
	array->level = md_level_find(text_span(level));
	if (level[0] && !array->level)
		return error_set(r->e, ENOTSUP, "%s: arrays of level %s are not supported", last_name(path), level);
	if (array->level && array->level->stripes && sysfs_text(path, "md/raid_disks", members, sizeof(members)))
		array->members = (unsigned)strtoul(members, NULL, 10);
	return 0;
}

static int record_md(struct record *r, const char *path)
{
	char device[NAME_MAX + 8];
	const struct setting setting = {.name = "md", .value = device, .where = "--hostonly", .log = r->log};
	struct md_array array = {.members = 0};
	int status;

	snprintf(device, sizeof(device), "/dev/%s", last_name(path));
	if (plan_makes(r->plan, device))
		return 0;
	status = sysfs_each_slave(path, read_member, r, r->e);
	if (status < 0)
		return status;
	if (status == 0)
		return error_set(r->e, ENOTSUP,
				 "%s: no md superblock found on its members (reading it needs root; the metadata of "
				 "a BIOS RAID is not supported)",
				 device);
	word_copy(array.device, sizeof(array.device), text_span(device));
	word_copy(array.uuid, sizeof(array.uuid), text_span(r->super.uuid));
	if (read_level(r, path, &array) < 0 || setting_array(r->plan, &setting, &array, r->e) < 0)
		return -r->e->code;
	log_line(r->log, LOG_NOTE, "recorded: md %s %s %s", device, array.uuid, array.level ? array.level->name : "");
	return 0;
}

/* --- dm --- */

/* The name that a device of a table has in the capture: the name here only if the capture makes the device. */
static int stable_name(struct record *r, const char *number, char out[PLAN_TEXT])
{
	char real[PATH_MAX], name[256], node[NAME_MAX + 8];

	if (sysfs_block(&r->sysfs, number, real, r->e) < 0)
		return -r->e->code;
	snprintf(node, sizeof(node), "/dev/%s", last_name(real));
	if (sysfs_has(real, "md")) {
		snprintf(out, PLAN_TEXT, "%s", node);
		return 0;
	}
	if (sysfs_text(real, "dm/name", name, sizeof(name))) {
		snprintf(out, PLAN_TEXT, "/dev/mapper/%s", name);
		return 0;
	}
	return r->view->tag(node, out, PLAN_TEXT, r->e);
}

/* Without this check, a wrong key would be noticed only after the crash. */
static int check_key(struct record *r, const char *name, struct mapped_line *line)
{
	const struct mapped_device *device = mapped_devices_find(&r->plan->dm, name);
	struct buffer words CLEANUP(buffer_deinit) = {0};
	struct dm_target target = {.start = line->start, .length = line->length, .type = line->type->name};
	struct error why = {.code = 0};
	int status;

	if (!device || !device->key.digits[0]) {
		error_set(r->e, ENOTSUP, "%s is encrypted (type crypt), and is recorded only with its key", name);
		error_hint(r->e, "the image would contain its key, readable by anyone who can read the image; if you "
				 "accept that, name the key's file in the configuration:");
		error_hint(r->e, "dm_key %s FILE", name);
		return hint_key_file(r->e);
	}
	if (crypt_put_key(name, &device->key, line, r->e) < 0)
		return -r->e->code;
	string_list_print(&words, &line->words);
	target.arguments = buffer_text(&words);
	status = r->view->fits(name, &target, &why);
	if (status == 0)
		return error_set(r->e, EINVAL, "%s: the file that dm_key names does not hold this device's key", name);
	if (status < 0)
		log_line(r->log, LOG_WARN, "%s: could not test its key: %s", name, why.text);
	return 0;
}

static void note_line(struct record *r, const char *name, const struct mapped_line *line)
{
	struct buffer words CLEANUP(buffer_deinit) = {0};

	/* Keys are not shown. */
	if (line->type->encrypted)
		buffer_print(&words, "...");
	else
		string_list_print(&words, &line->words);
	log_line(r->log, LOG_NOTE, "recorded: dm %s %" PRIu64 " %" PRIu64 " %s %s", name, line->start, line->length,
		 line->type->name, buffer_text(&words));
}

/* Records a line of a table, with names in place of device numbers. */
static int record_line(struct record *r, const char *name, const char *text)
{
	const struct setting setting = {.name = "dm", .value = name, .where = "--hostonly", .log = r->log};
	struct mapped_line line CLEANUP(mapped_line_deinit) = {.where = "--hostonly"};
	char stable[PLAN_TEXT], type[32];

	if (mapped_line_parse(&line, text_span(text), r->e) < 0) {
		if (r->e->code != ENOTSUP || sscanf(text, "%*s %*s %31s", type) != 1)
			return error_context(r->e, "%s: its table", name);
		error_set(r->e, ENOTSUP, "%s is of type %s, which cannot be recorded", name, type);
		return error_hint(r->e, "name a target on a plain partition, an array, or a linear volume");
	}
	if (line.type->encrypted && check_key(r, name, &line) < 0)
		return -r->e->code;
	for (size_t i = 0; i < line.words.count; i++) {
		if (!is_device_number(line.words.item[i]))
			continue;
		if (stable_name(r, line.words.item[i], stable) < 0)
			return error_context(r->e, "%s", name);
		if (string_list_set(&line.words, i, stable, r->e) < 0)
			return -r->e->code;
	}
	note_line(r, name, &line);
	return setting_mapped_line(r->plan, &setting, text_span(name), &line, r->e);
}

static int record_dm(struct record *r, const char *path)
{
	char name[256], device[300], *text CLEANUP(free_ptr) = malloc(TABLE_MAX), *save = NULL;

	sysfs_text(path, "dm/name", name, sizeof(name));
	snprintf(device, sizeof(device), "/dev/mapper/%s", name);
	if (plan_makes(r->plan, device))
		return 0;
	if (!text)
		return error_set(r->e, ENOMEM, "out of memory");
	if (r->view->table(name, text, TABLE_MAX, r->e) < 0)
		return error_context(r->e, "the table of %s", device);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (record_line(r, name, line) < 0)
			return -r->e->code;
	return 0;
}

static bool is_multipath(const char *path)
{
	char uuid[256];

	/* "mpath-..." or, of a partition on it, "part1-mpath-...". */
	return sysfs_text(path, "dm/uuid", uuid, sizeof(uuid)) &&
	       (strncmp(uuid, "mpath-", 6) == 0 || (strncmp(uuid, "part", 4) == 0 && strstr(uuid, "-mpath-")));
}

/* --- the walk --- */

static int record_block(struct record *r, const char *path);

static int visit_slave(void *context, const char *dir, const char *name)
{
	struct record *r = context;
	char real[PATH_MAX];

	return sysfs_resolve(r->sysfs.top, dir, name, real) ? record_block(r, real) : 0;
}

/* Records what a block device is made of, then the device. path: its directory. */
static int record_block(struct record *r, const char *path)
{
	char disk[PATH_MAX];
	int status;

	if (r->depth >= DEPTH_MAX)
		return error_set(r->e, ELOOP, "%s: more than %d levels of nested devices", path, DEPTH_MAX);
	snprintf(disk, sizeof(disk), "%s", path);
	sysfs_disk(disk);
	if ((!sysfs_has(disk, "md") && !sysfs_has(disk, "dm")) || is_multipath(disk))
		return 0;
	r->depth++;
	status = sysfs_each_slave(disk, visit_slave, r, r->e);
	r->depth--;
	if (status < 0)
		return status;
	return sysfs_has(disk, "md") ? record_md(r, disk) : record_dm(r, disk);
}

int hostonly_volumes(struct plan *plan, const struct host_view *view, const char *number, const struct log *log,
		     struct error *e)
{
	struct record r = {.plan = plan, .view = view, .log = log, .e = e};
	char real[PATH_MAX];

	if (sysfs_find(&r.sysfs, view->sysfs, e) < 0 || sysfs_block(&r.sysfs, number, real, e) < 0)
		return -e->code;
	return record_block(&r, real);
}

/* --- the running machine --- */

static int machine_tag(const char *node, char *text, size_t size, struct error *e)
{
	struct blockdev device;

	if (blockdev_find(node, &device, e) < 0)
		return -e->code;
	if (device.volume.uuid[0])
		snprintf(text, size, "UUID=%s", device.volume.uuid);
	else if (device.volume.partuuid[0])
		snprintf(text, size, "PARTUUID=%s", device.volume.partuuid);
	else
		return error_set(e, ENODEV, "%s has neither a UUID nor a PARTUUID to find it by", node);
	return 0;
}

const struct host_view host_view = {
	.sysfs = "/sys", .dev = "/dev", .table = dm_table_read, .tag = machine_tag, .fits = hostonly_key_fits};

int hostonly_target_volumes(struct plan *plan, const struct log *log, struct error *e)
{
	for (size_t i = 0; i < plan->nr_targets; i++) {
		const char *spec = plan->targets[i].device;
		char number[DEVICE_NUMBER];

		if (hostonly_number(spec, number, e) < 0)
			return error_context(e, "target %s", spec);
		if (hostonly_volumes(plan, &host_view, number, log, e) < 0)
			return error_context(e, "the devices below target %s", spec);
	}
	return 0;
}
