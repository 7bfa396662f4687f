/* Where a dump would go: whether it exists, and how the last capture there ended. */
#include "kdump/kdump_targets.h"

#include <errno.h>
#include <sys/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "dump/target/capture_result.h"
#include "dump/target/dump_directory.h"
#include "fmt/conf.h"
#include "sys/blockdev.h"
#include "sys/child.h"
#include "sys/file.h"
#include "sys/mounts.h"

enum { LOOK_MS = 15000 };

/* The file systems that can be a target, and the options that mount each without writing, not even its journal. */
static const struct filesystem {
	char type[8], options[24];
} filesystems[] = {
	{"ext2", "ro,noload"},
	{"ext3", "ro,noload"},
	{"ext4", "ro,noload"},
	{"xfs", "ro,norecovery"},
	{"btrfs", "ro,rescue=nologreplay"},
	{"f2fs", "ro,norecovery"},
	{"vfat", "ro"},
	{"raw", ""}, /* nothing to mount */
};

static const struct filesystem *find_filesystem(struct span type)
{
	for (size_t i = 0; i < sizeof(filesystems) / sizeof(filesystems[0]); i++)
		if (span_is(type, filesystems[i].type))
			return &filesystems[i];
	return NULL;
}

/* --- in the child --- */

/* Finds where a device's whole file system is mounted. */
static void find_mount(struct kdump_target *t, const struct blockdev *device)
{
	struct mount_table table;
	char path[128], number[32];
	struct error ignored;

	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", device->name);
	if (!file_read_line(path, number, sizeof(number)) || mount_table_read(&table, &ignored) < 0)
		return;
	for (size_t i = 0; i < table.count && !t->mounted[0]; i++) {
		const struct mounted *m = &table.entries[i];

		/* btrfs has device numbers of its own; its source names the device. */
		if (strcmp(m->root, "/") == 0 && strlen(m->dir) < sizeof(t->mounted) &&
		    (strcmp(m->device, number) == 0 || strcmp(m->source, device->path) == 0))
			snprintf(t->mounted, sizeof(t->mounted), "%s", m->dir);
	}
	mount_table_free(&table);
}

static bool is_raw(const struct kdump_target *t)
{
	return strcmp(t->type, "raw") == 0;
}

static void describe_result(char *out, size_t size, const struct capture_result *r, const char *path,
			    const struct kdump_target *t)
{
	static const char *const words[] = {[CAPTURE_RUNNING] = "begun, but NOT FINISHED",
					    [CAPTURE_SAVED] = "saved",
					    [CAPTURE_DEGRADED] = "saved, but DEGRADED",
					    [CAPTURE_FAILED] = "FAILED"};
	char when[UTC_SIZE];

	utc_text(r->time, " ", ":", when);
	snprintf(out, size, "%s, %s UTC, %s %s %s in %s%s%s%s%s", words[r->status], when, is_raw(t) ? "off" : "on",
		 t->type, t->spec, path[0] || r->directory[0] ? path : "/", r->directory[0] ? "/" : "", r->directory,
		 r->message[0] ? ": " : "", r->message);
}

/* Reads the result from a mounted target, dir, or this system's own directory, "". Keeps the newest; for the same crash
 * the last, which is further down the ladder. */
static void read_result(struct kdump_targets *all, const struct kdump_target *t, const char *dir, const char *path)
{
	char name[KDUMP_PATH + 300];
	struct capture_result result;
	struct error e;
	int parent CLEANUP(close_fd) = -1, status;

	snprintf(name, sizeof(name), "%s%s/", dir, path);
	status = parent = directory_open(dir[0] ? dir : NULL, name, false, &e);
	if (status >= 0)
		status = capture_result_read(&result, parent, &e);
	if (status == 0 && result.time >= all->last_time) {
		all->last_time = result.time;
		describe_result(all->last, sizeof(all->last), &result, path, t);
	} else if (status < 0 && !all->last_time) {
		snprintf(all->last, sizeof(all->last), "%s%.*s", status == -ENOENT ? "none recorded" : "unknown: ",
			 status == -ENOENT ? 0 : (int)strcspn(e.text, "\n"), e.text);
	}
}

/* In a mount namespace that ends with this process. */
static int mount_unseen(const struct kdump_target *t, const char *dir, struct error *e)
{
	struct mount_options whole = {.flags = MS_REC | MS_PRIVATE}, o = {.flags = 0};
	const struct filesystem *fs = find_filesystem(span_of(t->type, strlen(t->type)));

	if (unshare(CLONE_NEWNS) != 0)
		return error_errno(e, "creating a mount namespace");
	if (mounts_add("none", "/", NULL, &whole, e) < 0 || mount_options_parse(&o, fs->options, e) < 0)
		return -e->code;
	return mounts_add(t->device, dir, t->type, &o, e);
}

struct look {
	const struct kdump_facts *facts;
	struct kdump_targets *all;
};

static int look(void *context)
{
	const struct look *look = context;
	struct kdump_targets *all = look->all;
	char path[KDUMP_PATH];
	struct error e;

	kdump_directory(look->facts, path);
	if (strcmp(path, "/") == 0)
		path[0] = 0;
	for (unsigned i = 0; i < all->count; i++) {
		struct kdump_target *t = &all->item[i];
		struct blockdev device;

		if (blockdev_find(t->spec, &device, &e) < 0) {
			t->state = TARGET_GONE;
			continue;
		}
		snprintf(t->device, sizeof(t->device), "%s", device.path);
		find_mount(t, &device);
		t->state = TARGET_FOUND;
	}
	for (unsigned i = 0; i < all->count; i++) {
		struct kdump_target *t = &all->item[i];
		/* A raw device's result is on this system. Any directory will do for a mount that nobody else sees. */
		const char *dir = is_raw(t) ? "" : t->mounted[0] ? t->mounted : "/proc";
		bool is_here = is_raw(t) || t->mounted[0];

		if (t->state != TARGET_FOUND && !is_raw(t))
			continue;
		if (is_here || mount_unseen(t, dir, &e) == 0)
			read_result(all, t, dir, path);
		else if (!all->last_time)
			snprintf(all->last, sizeof(all->last), "unknown: %.*s", (int)strcspn(e.text, "\n"), e.text);
		if (!is_here)
			mounts_remove(dir, MNT_DETACH, &e);
	}
	return 0;
}

/* --- the caller's side --- */

static void list_targets(const struct kdump_facts *f, struct kdump_targets *all)
{
	struct conf_reader reader = {.text = f->plan, .file = "/etc/crashbox.conf"};
	struct conf_option option;
	struct error ignored;

	while (all->count < KDUMP_TARGETS && conf_next(&reader, &option, &ignored) > 0) {
		const struct filesystem *fs = find_filesystem(option.name);
		struct kdump_target *t = &all->item[all->count];

		if (!fs || image_info_text(t->spec, sizeof(t->spec), option.value) < 0)
			continue;
		snprintf(t->type, sizeof(t->type), "%s", fs->type);
		all->count++;
	}
}

struct kdump_targets *kdump_targets_look(const struct kdump_facts *f)
{
	struct kdump_targets *all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct look job = {.facts = f, .all = all};

	if (all == MAP_FAILED)
		return NULL;
	list_targets(f, all);
	if (child_call(look, &job, LOOK_MS) < 0 && !all->last_time)
		snprintf(all->last, sizeof(all->last), "unknown: the target did not answer in %d s", LOOK_MS / 1000);
	return all;
}

void kdump_targets_free(struct kdump_targets *all)
{
	if (all)
		munmap(all, sizeof(*all));
}
