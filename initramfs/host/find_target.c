#include "host/find_target.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/mount_lines.h"
#include "dialect/setting.h"
#include "sys/blockdev.h"
#include "sys/file.h"

enum { TABLE_MAX = 4 << 20 };

static const char remedy[] = "name the target itself, in a line such as: ext4 UUID=...";

static const struct {
	const char *type, *why;
} other_types[] = {
	{"nfs", "is on the network, and network targets are not supported yet"},
	{"nfs4", "is on the network, and network targets are not supported yet"},
	{"cifs", "is on the network, and network targets are not supported yet"},
	{"smb3", "is on the network, and network targets are not supported yet"},
	{"ceph", "is on the network, and network targets are not supported yet"},
	{"glusterfs", "is on the network, and network targets are not supported yet"},
	{"virtiofs", "belongs to the host of a virtual machine, and is not supported"},
	{"9p", "belongs to another machine, and is not supported"},
	{"tmpfs", "is in memory, and is lost in the crash"},
	{"ramfs", "is in memory, and is lost in the crash"},
	{"rootfs", "is in memory, and is lost in the crash"},
	{"overlay", "is made of other file systems, and has no device of its own"},
	{"squashfs", "is read-only"},
	{"erofs", "is read-only"},
	{"iso9660", "is read-only"},
	{"ubifs", "lies on flash without a block device, which the capture does not attach"},
	{"jffs2", "lies on flash without a block device, which the capture does not attach"},
	{"auto", "has no fixed type: write the type into fstab"},
	{"none", "is a bind mount of another directory"},
};

/* Refuses a file system whose type the capture cannot mount. */
static int refuse_type(const struct mount_line *m, const char *directory, const char *where, struct error *e)
{
	const char *why = "has a type that the capture cannot mount";

	for (size_t i = 0; i < sizeof(other_types) / sizeof(other_types[0]); i++)
		if (strcmp(other_types[i].type, m->type) == 0)
			why = other_types[i].why;
	error_set(e, EINVAL, "%s: %.128s is on the file system at %.128s (%.32s), which %s", where, directory, m->dir,
		  m->type, why);
	return error_hint(e, "%s", remedy);
}

/* A subvolume is not a plain directory: a mount without options may show another one. */
static bool is_subvolume(const struct mount_line *m)
{
	return strcmp(m->type, "btrfs") == 0 && (strcmp(m->root, "/") != 0 || strstr(m->options, "subvol"));
}

/* Sets the path: the file system's directory that is mounted, then the part below the mount point. */
static int take_rest(struct plan *plan, const struct mount_line *m, const char *where, struct error *e)
{
	const char *rest = strcmp(m->dir, "/") == 0 ? plan->path : plan->path + strlen(m->dir);
	char path[2 * PLAN_TEXT];
	const struct setting setting = {.name = m->dir, .value = path, .where = where};

	snprintf(path, sizeof(path), "%s%s", strcmp(m->root, "/") == 0 ? "" : m->root, rest);
	return setting_path(plan, &setting, e);
}

int plan_take_mount(struct plan *plan, const struct mount_line *m, const char *where, const struct log *log,
		    struct error *e)
{
	const char *directory = plan->path[0] ? plan->path : "/";
	const struct target_kind *kind = target_filesystem_find(m->type);
	const struct setting setting = {.name = m->dir, .value = m->device, .where = where, .log = log};

	if (!kind)
		return refuse_type(m, directory, where, e);
	if (is_subvolume(m)) {
		error_set(e, EINVAL, "%s: %.128s is in a subvolume of %.128s, which the capture would not find", where,
			  directory, m->device);
		return error_hint(e, "name the target itself (btrfs UUID=...), and the path as a mount without options "
				     "shows it");
	}
	if (setting_target(plan, kind, &setting, e) < 0)
		return error_hint(e, "%.100s is on this device; otherwise %s", directory, remedy);
	log_line(log, LOG_NOTE, "%s: %s is on %s %s, mounted on %s", where, directory, kind->name,
		 plan->targets[0].device, m->dir);
	return take_rest(plan, m, where, e);
}

static int is_link(const char *path, struct error *e)
{
	error_set(e, EINVAL, "%.200s is a symbolic link, which may lead elsewhere at capture time", path);
	return error_hint(e, "name the directory that it points to");
}

/* Checks that what exists of the path is directories: a link could lead elsewhere below the capture's root. */
static int check_way(const char *root, const char *directory, struct error *e)
{
	char path[PATH_MAX];
	struct stat st;
	size_t start = strlen(root);

	if (snprintf(path, sizeof(path), "%s%s", root, directory) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%.64s...: the name is too long", root);
	for (char *p = path + start; *p;) {
		char *end = p + 1 + strcspn(p + 1, "/"), was = *end;

		*end = 0;
		if (end > p + 1 && lstat(path, &st) == 0) {
			if (S_ISLNK(st.st_mode))
				return is_link(path, e);
			if (!S_ISDIR(st.st_mode))
				return error_set(e, EINVAL, "%.200s is not a directory; name one, such as /var/crash",
						 path);
		}
		*end = was;
		p = end;
	}
	return 0;
}

/* Without an initramfs the kernel calls its root /dev/root, which does not exist; the device number tells its name. */
static void name_root(struct mount_line *m)
{
	char link[64], target[PATH_MAX], *slash;
	ssize_t n;

	if (strcmp(m->device, "/dev/root") != 0)
		return;
	snprintf(link, sizeof(link), "/sys/dev/block/%s", m->number);
	n = readlink(link, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = 0;
	slash = strrchr(target, '/');
	if (slash)
		snprintf(m->device, sizeof(m->device), "/dev/%.200s", slash + 1);
}

/* Replaces a device's name on the running system by a persistent one: UUID, else PARTUUID. */
static void use_uuid(struct mount_line *m, const struct log *log)
{
	struct blockdev device;
	struct error e;

	if (strncmp(m->device, "/dev/", 5) != 0)
		return;
	if (blockdev_find(m->device, &device, &e) < 0) {
		log_line(log, LOG_NOTE, "%s", e.text);
		return;
	}
	if (device.volume.uuid[0])
		snprintf(m->device, sizeof(m->device), "UUID=%s", device.volume.uuid);
	else if (device.volume.partuuid[0])
		snprintf(m->device, sizeof(m->device), "PARTUUID=%s", device.volume.partuuid);
	else
		log_line(log, LOG_NOTE, "%s: its UUID could not be read (this needs root)", m->device);
}

/* On the running machine these are recorded with the devices below them: host/hostonly_volumes.h. */
static bool is_volume(const char *device)
{
	return strncmp(device, "/dev/mapper/", 12) == 0 || strncmp(device, "/dev/dm-", 8) == 0 ||
	       strncmp(device, "/dev/md", 7) == 0;
}

/* Refuses the names that a configuration refuses, before a UUID hides what the device is. */
static int check_device(const struct mount_line *m, const char *where, struct error *e)
{
	const struct setting setting = {.name = m->dir, .value = m->device, .where = where};
	char device[PLAN_TEXT];

	return target_filesystem_find(m->type) && setting_device(device, &setting, e) < 0 ? error_hint(e, "%s", remedy)
											  : 0;
}

int plan_find_target(struct plan *plan, const char *root, const struct log *log, struct error *e)
{
	const char *directory = plan->path[0] ? plan->path : "/";
	char *text CLEANUP(free_ptr) = NULL;
	char table[PATH_MAX], where[PATH_MAX + 32];
	struct mount_line m;
	size_t size;
	int status;

	if (plan->nr_targets)
		return 0;
	snprintf(table, sizeof(table), "%.4000s%s", root ? root : "", root ? "/etc/fstab" : "/proc/self/mountinfo");
	if (check_way(root ? root : "", directory, e) < 0)
		return error_context(e, "%s: no target is named, only the directory %.128s", plan->source, directory);
	if (file_read(table, TABLE_MAX, &text, &size, e) < 0) {
		error_context(e, "%s: no target is named; finding the file system that holds %.128s", plan->source,
			      directory);
		return error_hint(e, "%s", remedy);
	}
	status = (root ? mount_line_fstab : mount_line_mountinfo)(span_of(text, size), directory, &m, e);
	if (status < 0)
		return error_context(e, "%.200s", table);
	if (status == 0) {
		error_set(e, EINVAL, "%s: no target is named, and no mount in %.200s holds %.128s", plan->source, table,
			  directory);
		return error_hint(e, "%s", remedy);
	}
	snprintf(where, sizeof(where), "%.200s:%d", table, m.line);
	if (!root)
		name_root(&m);
	if ((root || !is_volume(m.device)) && check_device(&m, where, e) < 0)
		return -e->code;
	if (!root && target_filesystem_find(m.type))
		use_uuid(&m, log);
	return plan_take_mount(plan, &m, where, log, e);
}
