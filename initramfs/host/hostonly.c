#include "host/hostonly.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#include "text/string_list.h"
#include "host/sysfs.h"
#include "text/word.h"

enum {
	DEPTH_MAX = 16,     /* levels of nested devices */
	ENTRIES_MAX = 4096, /* entries of a directory */
	SEEN_MAX = 4096,    /* directories in all */
};

/* The state of a walk. */
struct walk {
	struct host_drivers *drivers;
	struct sysfs sysfs;
	struct string_list seen; /* directories already visited */
	int depth;
	struct error *e;
};

static int walk_init(struct walk *walk, struct host_drivers *drivers, const char *sysfs, struct error *e)
{
	*walk = (struct walk){.drivers = drivers, .e = e};
	return sysfs_find(&walk->sysfs, sysfs, e);
}

static void walk_deinit(struct walk *walk)
{
	string_list_deinit(&walk->seen);
}

/* Returns 1 at the first visit of a directory, 0 at later ones, or a negative errno. */
static int first_time(struct walk *walk, const char *path)
{
	for (size_t i = 0; i < walk->seen.count; i++)
		if (strcmp(walk->seen.item[i], path) == 0)
			return 0;
	if (walk->seen.count == SEEN_MAX)
		return error_set(walk->e, E2BIG, "%s: it depends on more than %d devices", path, SEEN_MAX);
	return string_list_add(&walk->seen, span_of(path, strlen(path)), walk->e) < 0 ? -walk->e->code : 1;
}

/* --- drivers --- */

/* Whether the running kernel loaded it from a file: only then initstate exists. */
static bool from_file(const struct walk *walk, const char *name)
{
	char leaf[MODULE_NAME + 32];

	snprintf(leaf, sizeof(leaf), "module/%s/initstate", name);
	return sysfs_has(walk->sysfs.dir, leaf);
}

static int add(struct walk *walk, const char *name)
{
	struct host_drivers *drivers = walk->drivers;

	for (size_t i = 0; i < drivers->count; i++)
		if (strcmp(drivers->item[i].name, name) == 0)
			return 0;
	if (drivers->count == HOST_DRIVERS)
		return error_set(walk->e, E2BIG, "more than %d drivers", HOST_DRIVERS);
	snprintf(drivers->item[drivers->count].name, MODULE_NAME, "%s", name);
	drivers->item[drivers->count++].from_file = from_file(walk, name);
	return 0;
}

static int walk_device(struct walk *walk, const char *path);

/* "supplier:BUS:DEVICE": a device link to one that must work first: a clock, a regulator, a phy. */
static int visit_supplier(void *context, const char *dir, const char *name)
{
	struct walk *walk = context;
	char leaf[PATH_MAX], real[PATH_MAX];

	if (strncmp(name, "supplier:", 9) != 0)
		return 0;
	if (snprintf(leaf, sizeof(leaf), "%s/supplier", name) >= (int)sizeof(leaf) ||
	    !sysfs_resolve(walk->sysfs.top, dir, leaf, real))
		return 0;
	return walk_device(walk, real);
}

/* Adds one directory of a device's path: its suppliers, then its driver's module, if it has one. */
static int visit_directory(struct walk *walk, const char *path)
{
	char name[MODULE_NAME];
	int status = first_time(walk, path);

	if (status <= 0)
		return status;
	status = sysfs_each(path, ENTRIES_MAX, visit_supplier, walk, walk->e);
	if (status < 0)
		return status;
	return sysfs_link_name(path, "driver/module", name, sizeof(name)) ? add(walk, name) : 0;
}

/* Visits a device, whose path has no links, from the bus at the top down. */
static int walk_device(struct walk *walk, const char *path)
{
	char part[PATH_MAX];
	int status = 0;

	if (walk->depth >= DEPTH_MAX)
		return error_set(walk->e, ELOOP, "%s: more than %d devices that depend on each other", path, DEPTH_MAX);
	walk->depth++;
	for (size_t i = strlen(walk->sysfs.top) + 1; status == 0 && path[i - 1]; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		status = visit_directory(walk, part);
	}
	walk->depth--;
	return status;
}

/* --- devices made of disks --- */

/* Adds what a dm device's target types need, as far as its names show: the prefix of the UUID tells its owner, the name
 * of a hidden LVM volume its role. (linear and striped are part of dm_mod.) */
static int add_dm(struct walk *walk, const char *path)
{
	static const struct {
		const char *leaf, *part;
		bool in_front;
		const char *module;
	} kinds[] = {
		{"dm/uuid", "CRYPT-", true, "dm_crypt"},
		{"dm/uuid", "CRYPT-VERITY-", true, "dm_verity"},
		{"dm/uuid", "CRYPT-INTEGRITY-", true, "dm_integrity"},
		{"dm/uuid", "mpath-", true, "dm_multipath"},
		{"dm/uuid", "-tpool", false, "dm_thin_pool"},
		{"dm/uuid", "-cow", false, "dm_snapshot"},
		{"dm/name", "_rimage_", false, "dm_raid"},
		{"dm/name", "_mimage_", false, "dm_mirror"},
		{"dm/name", "_cdata", false, "dm_cache"},
		{"dm/name", "_cmeta", false, "dm_cache_smq"},
	};
	char text[256];
	int status = add(walk, "dm_mod");

	for (size_t i = 0; status == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *at =
			sysfs_text(path, kinds[i].leaf, text, sizeof(text)) ? strstr(text, kinds[i].part) : NULL;

		if (at && (at == text || !kinds[i].in_front))
			status = add(walk, kinds[i].module);
	}
	return status;
}

static int add_md(struct walk *walk, const char *path)
{
	const struct md_level *level;
	char text[32];
	int status = add(walk, "md_mod");

	sysfs_text(path, "md/level", text, sizeof(text));
	level = md_level_find(text_span(text));
	for (size_t i = 0; status == 0 && level && i < 2; i++)
		if (level->modules[i])
			status = add(walk, level->modules[i]);
	return status;
}

/* A controller of an NVMe subsystem: a link beside the disk that its paths form. */
static int visit_controller(void *context, const char *dir, const char *name)
{
	struct walk *walk = context;
	char real[PATH_MAX], text[NAME_MAX + 1];

	/* Not a link: a disk of the subsystem. */
	if (strncmp(name, "nvme", 4) != 0 || !sysfs_link_name(dir, name, text, sizeof(text)))
		return 0;
	return sysfs_resolve(walk->sysfs.top, dir, name, real) ? walk_device(walk, real) : 0;
}

static int walk_block(struct walk *walk, const char *path);

static int visit_slave(void *context, const char *dir, const char *name)
{
	struct walk *walk = context;
	char real[PATH_MAX];

	return sysfs_resolve(walk->sysfs.top, dir, name, real) ? walk_block(walk, real) : 0;
}

static int walk_slaves(struct walk *walk, const char *path)
{
	int status;

	if (walk->depth >= DEPTH_MAX)
		return error_set(walk->e, ELOOP, "%s: more than %d levels of nested devices", path, DEPTH_MAX);
	walk->depth++;
	status = sysfs_each_slave(path, visit_slave, walk, walk->e);
	walk->depth--;
	return status;
}

/* A block device that is made by software. */
static int walk_virtual(struct walk *walk, char *path)
{
	int status = walk_slaves(walk, path);
	char *slash = strrchr(path, '/');

	if (status < 0)
		return status;
	if (sysfs_has(path, "md"))
		return add_md(walk, path);
	if (sysfs_has(path, "dm"))
		return add_dm(walk, path);
	if (strstr(path, "/nvme-subsystem/")) {
		*slash = 0;
		return sysfs_each(path, ENTRIES_MAX, visit_controller, walk, walk->e);
	}
	error_set(walk->e, ENOTSUP, "%s is made by software (such as a loop device or zram)", slash + 1);
	return error_hint(walk->e, "the capture image does not set it up; name a target on a disk");
}

/* A block device's directory, without links: that of a disk, or of a partition in it. */
static int walk_block(struct walk *walk, const char *path)
{
	char disk[PATH_MAX];
	int status;

	snprintf(disk, sizeof(disk), "%s", path);
	sysfs_disk(disk);
	if (strncmp(disk + strlen(walk->sysfs.top), "/virtual/", 9) != 0)
		return walk_device(walk, disk);
	status = first_time(walk, disk);
	return status > 0 ? walk_virtual(walk, disk) : status;
}

int hostonly_device(struct host_drivers *drivers, const char *sysfs, const char *number, struct error *e)
{
	struct walk walk CLEANUP(walk_deinit) = {0};
	char real[PATH_MAX];

	if (walk_init(&walk, drivers, sysfs, e) < 0 || sysfs_block(&walk.sysfs, number, real, e) < 0)
		return -e->code;
	return walk_block(&walk, real);
}

/* --- watchdogs --- */

struct watchdogs {
	struct walk walk;
	int count;
};

static int visit_watchdog(void *context, const char *dir, const char *name)
{
	struct watchdogs *watchdogs = context;
	char real[PATH_MAX], text[32];
	bool idle;

	if (!sysfs_resolve(watchdogs->walk.sysfs.top, dir, name, real))
		return 0;
	/* Without CONFIG_WATCHDOG_SYSFS the state is unknown: prefer a needless driver to a reset during the dump. */
	idle = sysfs_text(real, "state", text, sizeof(text)) && strcmp(text, "active") != 0;
	if (idle && !(sysfs_text(real, "nowayout", text, sizeof(text)) && strcmp(text, "1") == 0))
		return 0;
	watchdogs->count++;
	return walk_device(&watchdogs->walk, real);
}

int hostonly_watchdogs(struct host_drivers *drivers, const char *sysfs, struct error *e)
{
	struct watchdogs watchdogs = {.count = 0};
	char dir[PATH_MAX];
	int status = walk_init(&watchdogs.walk, drivers, sysfs, e);

	if (status == 0 && snprintf(dir, sizeof(dir), "%s/class/watchdog", watchdogs.walk.sysfs.dir) < (int)sizeof(dir))
		status = sysfs_each(dir, ENTRIES_MAX, visit_watchdog, &watchdogs, e);
	walk_deinit(&watchdogs.walk);
	return status < 0 ? status : watchdogs.count;
}
