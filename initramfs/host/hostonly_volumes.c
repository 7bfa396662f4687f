#include "host/hostonly_volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "fmt/conf.h"
#include "fmt/dm_table.h"
#include "fmt/md_super.h"
#include "host/hostonly_key.h"
#include "dialect/setting_keys.h"
#include "dialect/setting_volumes.h"
#include "sys/blockdev.h"
#include "sys/dm.h"
#include "sys/file.h"
#include "host/sysfs.h"

enum {
	DEPTH_MAX = 16,    /* devices that are made of one another */
	SLAVES_MAX = 256,  /* of one device */
	TABLE_MAX = 65536, /* bytes of a table */
};

struct record {
	struct plan *plan;
	const struct host_view *view;
	const struct log *log;
	char top[PATH_MAX]; /* sysfs without links: the devices below it */
	int depth;
	char uuid[40]; /* of the array whose members are looked at */
	struct error *e;
};

static const char *last_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int each_slave(struct record *r, const char *path, int (*visit)(void *, const char *, const char *))
{
	char dir[PATH_MAX];

	if (snprintf(dir, sizeof(dir), "%s/slaves", path) >= (int)sizeof(dir))
		return error_set(r->e, ENAMETOOLONG, "%.100s...: the name is too long", path);
	return sysfs_each(dir, SLAVES_MAX, visit, r, r->e);
}

/* As the configuration's own lines are taken. */
static int take(struct record *r, const char *option, const char *value,
		int (*add)(struct plan *, const struct setting *, struct error *))
{
	const struct setting setting = {.name = option, .value = value, .where = "--hostonly", .log = r->log};
	static const char crypt_type[] = " crypt ";
	int status = add(r->plan, &setting, r->e);
	const char *crypt;

	/* A key is not shown, which stands behind a crypt table's type. */
	crypt = strstr(value, crypt_type);
	if (status == 0)
		log_line(r->log, LOG_NOTE, "recorded: %s %.*s%s", option, (int)(crypt ? crypt - value : INT_MAX), value,
			 crypt ? " crypt ..." : "");
	return status;
}

/* --- md --- */

/* 1 where a superblock was found: that ends the walk. */
static int read_member(void *context, const char *dir, const char *name)
{
	struct record *r = context;
	char path[PATH_MAX], size[32], real[PATH_MAX];
	uint8_t bytes[MD_SUPER_SIZE];
	struct md_place place[MD_PLACES];
	struct md_super super;
	int fd CLEANUP(close_fd) = -1;
	int places;

	if (!sysfs_resolve(r->top, dir, name, real) || !sysfs_text(real, "size", size, sizeof(size)) ||
	    snprintf(path, sizeof(path), "%s/%s", r->view->dev, last_name(real)) >= (int)sizeof(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	places = fd < 0 ? 0 : md_places(strtoull(size, NULL, 10) * 512, place);
	for (int i = 0; i < places; i++) {
		ssize_t n = read_all_at(fd, bytes, sizeof(bytes), place[i].offset);

		if (n <= 0 || !md_super_read(span_of(bytes, (size_t)n), &place[i], &super))
			continue;
		strcpy(r->uuid, super.uuid);
		return 1;
	}
	return 0;
}

static int record_md(struct record *r, const char *path)
{
	char device[NAME_MAX + 8], value[NAME_MAX + 128], level[32], members[32];
	int status;

	snprintf(device, sizeof(device), "/dev/%s", last_name(path));
	if (plan_makes(r->plan, device))
		return 0;
	status = each_slave(r, path, read_member);
	if (status < 0)
		return status;
	if (status == 0)
		return error_set(r->e, ENOTSUP,
				 "%s: none of its members shows a superblock of md's own (that needs root; metadata of "
				 "a BIOS RAID is not supported)",
				 device);
	sysfs_text(path, "md/level", level, sizeof(level));
	snprintf(value, sizeof(value), "%s %s %s", device, r->uuid, level);
	/* What memory these levels take goes by the number. */
	if (strncmp(level, "raid", 4) == 0 && level[4] && strchr("456", level[4]) &&
	    sysfs_text(path, "md/raid_disks", members, sizeof(members)))
		snprintf(value + strlen(value), sizeof(value) - strlen(value), " members=%.*s",
			 (int)strspn(members, "0123456789"), members);
	return take(r, "md", value, setting_md);
}

/* --- dm --- */

/* The name that a device of a table has in the capture: the same as here only where the capture makes it. */
static int stable_name(struct record *r, const char *number, char out[PLAN_TEXT])
{
	char leaf[64], real[PATH_MAX], name[256], node[NAME_MAX + 8];

	snprintf(leaf, sizeof(leaf), "../dev/block/%.40s", number);
	if (!sysfs_resolve(r->top, r->top, leaf, real))
		return error_set(r->e, ENODEV, "%s: there is no such block device", number);
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

static bool is_type(const struct dm_line *line, const char *type)
{
	return line->type.size == strlen(type) && memcmp(line->type.data, type, line->type.size) == 0;
}

static bool is_number(struct span word)
{
	size_t colons = 0, i = 0;

	for (; i < word.size && ((word.data[i] >= '0' && word.data[i] <= '9') || word.data[i] == ':'); i++)
		colons += word.data[i] == ':';
	return i == word.size && colons == 1 && word.data[0] != ':' && word.data[i - 1] != ':';
}

/* A key that is not the device's would show when the machine has crashed. */
static int check_key(struct record *r, const char *name, const char *text)
{
	const struct setting setting = {.name = "dm", .value = name, .where = "--hostonly"};
	char words[4 * PLAN_TEXT];
	struct dm_target target = {.type = "crypt", .arguments = words};
	struct error why = {.code = 0};
	struct dm_line line;
	int status;

	if (!dm_line_read(span_of(text, strlen(text)), &line) || !is_type(&line, "crypt"))
		return 0;
	if (crypt_words(r->plan, &setting, span_of(name, strlen(name)), line.words, words, sizeof(words), r->e) < 0)
		return -r->e->code;
	target.start = line.start;
	target.length = line.length;
	status = r->view->fits(name, &target, &why);
	if (status == 0)
		return error_set(r->e, EINVAL, "%s: the key in the file that dm_key names is not this device's", name);
	if (status < 0)
		log_line(r->log, LOG_WARN, "%s: whether its key is the right one could not be tried: %s", name,
			 why.text);
	return 0;
}

/* One line of a table, with names for numbers. */
static int record_line(struct record *r, const char *name, char *text)
{
	char value[4 * PLAN_TEXT], word[PLAN_TEXT];
	struct span rest = span_of(text, strlen(text));
	size_t used = (size_t)snprintf(value, sizeof(value), "%.128s", name);

	for (struct span s = conf_word(&rest); s.size; s = conf_word(&rest)) {
		snprintf(word, sizeof(word), "%.*s", (int)s.size, (const char *)s.data);
		if (is_number(s) && stable_name(r, word, word) < 0)
			return error_context(r->e, "%s", name);
		if (used + strlen(word) + 2 > sizeof(value))
			return error_set(r->e, E2BIG, "%s: a line of its table is too long", name);
		used += (size_t)sprintf(value + used, " %s", word);
	}
	return take(r, "dm", value, setting_dm);
}

/* What the capture cannot make by the table alone, or must not take unasked. */
static int check_type(struct record *r, const char *name, const char *text)
{
	struct dm_line line;

	if (!dm_line_read(span_of(text, strlen(text)), &line))
		return error_set(r->e, EINVAL, "%s: '%.64s' is no line of a table", name, text);
	if (is_type(&line, "linear") || is_type(&line, "striped") ||
	    (is_type(&line, "crypt") && plan_knows_key(r->plan, span_of(name, strlen(name)))))
		return 0;
	error_set(r->e, ENOTSUP, "%s is of the type %.*s, which is not recorded by itself", name, (int)line.type.size,
		  (const char *)line.type.data);
	if (is_type(&line, "crypt"))
		return error_hint(r->e,
				  "its key would lie in the image, for who can read that; if that is wanted, name the "
				  "key's file in the configuration:\ndm_key %s FILE\n'cryptsetup luksDump "
				  "--dump-volume-key --volume-key-file FILE DEVICE' writes a LUKS volume's key",
				  name);
	return error_hint(r->e, "name a target on a plain partition, an array, or a linear volume");
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
		if (check_type(r, name, line) < 0 || check_key(r, name, line) < 0 || record_line(r, name, line) < 0)
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

	return sysfs_resolve(r->top, dir, name, real) ? record_block(r, real) : 0;
}

/* A block device's directory: what it is made of, then itself. */
static int record_block(struct record *r, const char *path)
{
	char disk[PATH_MAX];
	int status;

	if (r->depth >= DEPTH_MAX)
		return error_set(r->e, ELOOP, "%s: more than %d devices are made of one another", path, DEPTH_MAX);
	snprintf(disk, sizeof(disk), "%s", path);
	if (sysfs_has(disk, "partition"))
		*strrchr(disk, '/') = 0;
	if ((!sysfs_has(disk, "md") && !sysfs_has(disk, "dm")) || is_multipath(disk))
		return 0;
	r->depth++;
	status = each_slave(r, disk, visit_slave);
	r->depth--;
	if (status < 0)
		return status;
	return sysfs_has(disk, "md") ? record_md(r, disk) : record_dm(r, disk);
}

int hostonly_volumes(struct plan *plan, const struct host_view *view, const char *number, const struct log *log,
		     struct error *e)
{
	struct record r = {.plan = plan, .view = view, .log = log, .e = e};
	char leaf[64], real[PATH_MAX], sysfs[PATH_MAX];

	if (!realpath(view->sysfs, sysfs))
		return error_errno(e, "%s", view->sysfs);
	if (snprintf(r.top, sizeof(r.top), "%s/devices", sysfs) >= (int)sizeof(r.top))
		return error_set(e, ENAMETOOLONG, "%.100s...: the name is too long", sysfs);
	snprintf(leaf, sizeof(leaf), "dev/block/%.40s", number);
	if (!sysfs_resolve(r.top, sysfs, leaf, real))
		return error_set(e, ENODEV, "%s/%s: there is no such block device", view->sysfs, leaf);
	return record_block(&r, real);
}

/* --- the machine that runs --- */

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
		return error_set(e, ENODEV, "%s has neither a UUID nor a PARTUUID that would find it again", node);
	return 0;
}

const struct host_view host_view = {
	.sysfs = "/sys", .dev = "/dev", .table = dm_table_read, .tag = machine_tag, .fits = hostonly_key_fits};

int hostonly_target_volumes(struct plan *plan, const struct log *log, struct error *e)
{
	for (size_t i = 0; i < plan->nr_targets; i++) {
		const char *spec = plan->targets[i].device;
		struct blockdev device;
		char number[32];
		struct stat st;

		if (blockdev_find(spec, &device, e) < 0)
			return error_context(e, "target %s", spec);
		if (stat(device.path, &st) != 0)
			return error_errno(e, "%s", device.path);
		snprintf(number, sizeof(number), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
		if (hostonly_volumes(plan, &host_view, number, log, e) < 0)
			return error_context(e, "what target %s is made of", spec);
	}
	return 0;
}
