#include "sys/md.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/file.h"

enum { MINOR_MAX = 1 << 20 };

int md_open(struct md_array *array, const char *path, int major_version, int minor_version, struct error *e)
{
	mdu_array_info_t info = {.major_version = major_version, .minor_version = minor_version};
	const char *number = strncmp(path, "/dev/md", 7) == 0 ? path + 7 : "";
	unsigned long n = strtoul(number, NULL, 10);

	*array = (struct md_array){.fd = -1, .path = path};
	if (!*number || number[strspn(number, "0123456789")] || n >= MINOR_MAX)
		return error_set(e, EINVAL, "%s: the name of an array is /dev/md and a number", path);
	/* The driver makes the array when its node is opened for the first time. */
	if (mknod(path, S_IFBLK | 0600, makedev(MD_MAJOR, (unsigned)n)) != 0 && errno != EEXIST)
		return error_errno(e, "%s", path);
	array->fd = open(path, O_RDWR | O_CLOEXEC);
	if (array->fd < 0) {
		error_errno(e, "%s", path);
		return error_hint(e,
				  "Is the driver loaded? Its modules are md_mod, and raid1, raid456, raid10 or raid0.");
	}
	if (ioctl(array->fd, SET_ARRAY_INFO, &info) == 0)
		return 0;
	error_errno(e, "%s: preparing the array", path);
	md_close(array);
	return -e->code;
}

int md_add(struct md_array *array, const char *member, struct error *e)
{
	mdu_disk_info_t disk = {.number = 0};
	struct stat st;

	if (stat(member, &st) != 0)
		return error_errno(e, "%s", member);
	disk.major = (int)major(st.st_rdev);
	disk.minor = (int)minor(st.st_rdev);
	if (ioctl(array->fd, ADD_NEW_DISK, &disk) != 0)
		return error_errno(e, "adding %s to %s", member, array->path);
	array->members++;
	return 0;
}

/* A failure only makes the array slower or larger; some levels do not have the setting. */
static void set(const struct md_array *array, const char *name, const char *value)
{
	char path[64];
	struct error ignored;

	snprintf(path, sizeof(path), "/sys/block/%s/md/%s", array->path + 5, name);
	file_write_text(path, value, &ignored);
}

/* The cache of RAID 4, 5 and 6 has a page of each member for each stripe: the kernel's 256 stripes are 1 MiB a member.
 */
static void make_frugal(const struct md_array *array)
{
	set(array, "sync_action", "frozen");
	set(array, "stripe_cache_size", "128");
}

int md_run(struct md_array *array, bool force, struct error *e)
{
	mdu_param_t none = {.personality = 0};

	if (force && file_write_text("/sys/module/md_mod/parameters/start_dirty_degraded", "1", e) < 0)
		return -e->code;
	if (ioctl(array->fd, RUN_ARRAY, &none) == 0) {
		make_frugal(array);
		return 0;
	}
	error_errno(e, "starting %s with %d members", array->path, array->members);
	if (e->code == EIO || e->code == EINVAL)
		error_hint(e,
			   "The kernel's log says why. A RAID 5 or 6 that is dirty and degraded starts only with -f.");
	return -e->code;
}

void md_close(struct md_array *array)
{
	if (array->fd >= 0)
		close(array->fd);
	array->fd = -1;
}
