#include "sys/blockdev.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"

static uint64_t read_number(const char *name, const char *leaf)
{
	char path[192], text[32];

	snprintf(path, sizeof(path), "/sys/class/block/%s/%s", name, leaf);
	return file_read_line(path, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

static bool is_held(const char *name)
{
	char path[192];
	struct dirent *entry;
	bool held = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/block/%s/holders", name);
	dir = opendir(path);
	while (dir && !held && (entry = readdir(dir)))
		held = entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return held;
}

/* The node of a device: in sysfs '!' stands for '/'. */
static void node_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "/dev/%s", name);
	for (char *p = path; *p; p++)
		if (*p == '!')
			*p = '/';
}

/* The disk of a partition: the directory above the partition's own. Empty if this is not a partition. */
static void parent_disk(const char *name, char *disk, size_t size)
{
	char path[192], target[PATH_MAX];
	char *slash;

	disk[0] = 0;
	snprintf(path, sizeof(path), "/sys/class/block/%s/..", name);
	if (!realpath(path, target))
		return;
	slash = strrchr(target, '/');
	if (slash)
		snprintf(disk, size, "%.*s", (int)size - 1, slash + 1);
}

/* Reads bytes of a device into a buffer; an empty span if they cannot be read. */
static struct span read_part(const char *name, uint64_t offset, uint8_t *buffer, size_t size)
{
	char path[80];
	int fd CLEANUP(close_fd) = -1;
	ssize_t n;

	node_path(name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	n = fd < 0 ? -1 : read_all_at(fd, buffer, size, offset);
	return span_of(buffer, n < 0 ? 0 : (size_t)n);
}

/* The kernel's names of a partition, for tables that the probe does not know. Second choice: PARTNAME lacks all letters
 * that are not ASCII. */
static void read_uevent(const char *name, struct volume *volume)
{
	char path[192], *text CLEANUP(free_ptr) = NULL;
	struct error ignored;
	size_t size;

	snprintf(path, sizeof(path), "/sys/class/block/%s/uevent", name);
	if (file_read(path, 4096, &text, &size, &ignored) == 0)
		volume_take_uevent(span_of(text, size), volume);
}

/* RAM disks, and floppies and optical drives, which can be named by path but would slow down every search. */
static bool is_passed_over(const char *name)
{
	return strncmp(name, "ram", 3) == 0 || strncmp(name, "fd", 2) == 0 || strncmp(name, "sr", 2) == 0;
}

enum { BUFFERS = 2 * VOLUME_HEAD + VOLUME_TAIL };

/* Fills a device from its name. Returns false for an empty one. */
static bool describe(const char *name, uint8_t *buffers, struct blockdev *device)
{
	struct volume_bytes bytes = {.sector_size = 512};
	char disk[64];

	*device = (struct blockdev){.size = read_number(name, "size") * 512};
	if (device->size == 0 || strlen(name) >= sizeof(device->name))
		return false;
	snprintf(device->name, sizeof(device->name), "%s", name);
	node_path(name, device->path, sizeof(device->path));
	device->held = is_held(name);
	bytes.number = (uint32_t)read_number(name, "partition");
	bytes.size = device->size;
	bytes.head = read_part(name, 0, buffers, VOLUME_HEAD);
	if (bytes.size >= VOLUME_TAIL)
		bytes.tail = read_part(name, bytes.size - VOLUME_TAIL, buffers + 2 * VOLUME_HEAD, VOLUME_TAIL);
	device->unread = !bytes.head.size || (bytes.size >= VOLUME_TAIL && !bytes.tail.size);
	if (bytes.number) {
		parent_disk(name, disk, sizeof(disk));
		bytes.disk = read_part(disk, 0, buffers + VOLUME_HEAD, VOLUME_HEAD);
		bytes.sector_size = (uint32_t)read_number(disk, "queue/logical_block_size");
	}
	volume_probe(&bytes, &device->volume);
	if (bytes.number)
		read_uevent(name, &device->volume);
	return true;
}

int blockdev_each(int (*visit)(void *context, const struct blockdev *device), void *context, struct error *e)
{
	uint8_t *buffers CLEANUP(free_ptr) = malloc(BUFFERS);
	struct dirent **entries = NULL;
	struct blockdev device;
	int count, result = 0;

	if (!buffers)
		return error_set(e, ENOMEM, "no memory to read block devices");
	count = scandir("/sys/class/block", &entries, NULL, alphasort);
	if (count < 0)
		return error_errno(e, "/sys/class/block");
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (result == 0 && name[0] != '.' && !is_passed_over(name) && describe(name, buffers, &device))
			result = visit(context, &device);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* The name of a volume that a tag refers to, with *value the text after its '='; NULL: not a tag. */
static const char *tag_field(const char *spec, const struct volume *v, const char **value)
{
	const struct {
		const char *tag, *field;
	} tags[] = {{"UUID=", v->uuid}, {"LABEL=", v->label}, {"PARTUUID=", v->partuuid}, {"PARTLABEL=", v->partlabel}};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		size_t length = strlen(tags[i].tag);

		if (strncmp(spec, tags[i].tag, length) != 0)
			continue;
		*value = spec + length;
		return tags[i].field;
	}
	return NULL;
}

bool blockdev_is_tag(const char *spec)
{
	struct volume none = {.type = ""};
	const char *value;

	return tag_field(spec, &none, &value) != NULL;
}

struct search {
	const char *spec;
	struct blockdev *found;
	int count;
};

static int compare(void *context, const struct blockdev *device)
{
	struct search *search = context;
	const char *value, *field = tag_field(search->spec, &device->volume, &value);
	bool label = strstr(search->spec, "LABEL=") && !strstr(search->spec, "UUID=");

	if (!field || !field[0] || (label ? strcmp(field, value) : strcasecmp(field, value)) != 0)
		return 0;
	/* The member of an md or dm device may show its file system too, but must not be used. */
	if (search->count == 0 || (search->found->held && !device->held))
		*search->found = *device;
	search->count++;
	return 0;
}

/* A path: finds the name in sysfs by the device number. */
static int find_path(const char *path, struct blockdev *device, struct error *e)
{
	uint8_t *buffers CLEANUP(free_ptr) = malloc(BUFFERS);
	char link[64], target[PATH_MAX], *slash;
	struct stat st;
	ssize_t n;

	if (!buffers)
		return error_set(e, ENOMEM, "%s: no memory to read it", path);
	if (stat(path, &st) != 0)
		return errno == ENOENT ? error_set(e, ENODEV, "%s: no such device", path) : error_errno(e, "%s", path);
	if (!S_ISBLK(st.st_mode))
		return error_set(e, ENOTBLK, "%s: not a block device", path);
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	n = readlink(link, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = 0;
	slash = strrchr(target, '/');
	*device = (struct blockdev){.size = 0};
	if (n < 0)
		return error_set(e, ENODEV, "%s: no driver handles this device (%u:%u)", path, major(st.st_rdev),
				 minor(st.st_rdev));
	if (!describe(slash ? slash + 1 : target, buffers, device))
		return error_set(e, ENODEV, "%s: the device is empty (no medium, or a loop without a file)", path);
	snprintf(device->path, sizeof(device->path), "%.79s", path);
	return 1;
}

int blockdev_find(const char *spec, struct blockdev *device, struct error *e)
{
	struct search search = {.spec = spec, .found = device};
	int result;

	if (!blockdev_is_tag(spec))
		return find_path(spec, device, e);
	result = blockdev_each(compare, &search, e);
	if (result < 0)
		return result;
	if (search.count == 0)
		return error_set(e, ENODEV, "%s: no block device has this name", spec);
	return search.count;
}
