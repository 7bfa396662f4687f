#include "sys/raw_device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/blockdev.h"

static bool is_table(const struct volume *v)
{
	return strcmp(v->type, "GPT") == 0 || strcmp(v->type, "MBR") == 0;
}

/* A dump may overwrite unknown content, or swap, whose header is left alone. */
static int check_content(const struct blockdev *b, enum raw_use use, struct error *e)
{
	const struct volume *v = &b->volume;

	if (use != RAW_DUMP)
		return 0;
	if (b->unread)
		error_set(e, EIO, "%s: its first or last bytes cannot be read, so what it contains is unknown",
			  b->path);
	else if (v->type[0] && strcmp(v->type, "swap") != 0)
		error_set(e, EEXIST, "%s contains %s%s (UUID %s), which a dump would destroy", b->path, v->type,
			  is_table(v) ? " partitions" : "", v->uuid[0] ? v->uuid : "unknown");
	else
		return 0;
	return error_hint(e, "Name another device, or use --disposable to overwrite this one.");
}

static int open_block(struct raw_device *d, const struct blockdev *b, struct error *e)
{
	int flags = O_RDWR | O_EXCL | O_CLOEXEC;

	d->fd = open(b->path, flags | O_DIRECT);
	if (d->fd < 0 && errno == EINVAL)
		d->fd = open(b->path, flags);
	if (d->fd < 0 && errno == EBUSY) {
		error_set(e, EBUSY, "%s is in use: mounted, swapped onto, or part of another device", b->path);
		return error_hint(e, "Use a swap device before 'swapon' or after 'swapoff'.");
	}
	if (d->fd < 0)
		return error_errno(e, "%s", b->path);
	d->size = b->size;
	d->volume = b->volume;
	snprintf(d->path, sizeof(d->path), "%s", b->path);
	return 0;
}

/* A copy of a device, in a file. */
static int open_image(struct raw_device *d, const char *path, struct error *e)
{
	struct stat st;

	d->fd = open(path, O_RDWR | O_CLOEXEC);
	if (d->fd < 0 || fstat(d->fd, &st) != 0) {
		error_errno(e, "%s", path);
	} else if (!S_ISREG(st.st_mode)) {
		error_set(e, ENOTBLK, "%s: neither a block device nor a file", path);
	} else {
		d->size = (uint64_t)st.st_size;
		snprintf(d->path, sizeof(d->path), "%s", path);
		return 0;
	}
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	return -e->code;
}

int raw_device_open(const char *spec, enum raw_use use, struct raw_device *d, struct error *e)
{
	struct blockdev b;
	int r;

	*d = (struct raw_device){.fd = -1};
	r = blockdev_find(spec, &b, e);
	if (r == -ENOTBLK && use == RAW_SAVE)
		return open_image(d, spec, e);
	if (r < 0)
		return r;
	if (r > 1)
		return error_set(e, ENOTUNIQ, "%s: %d devices have this name; use another one, such as PARTUUID=", spec,
				 r);
	if (b.held)
		return error_set(e, EBUSY, "%s is part of another device (RAID or LVM)", b.path);
	r = check_content(&b, use, e);
	return r < 0 ? r : open_block(d, &b, e);
}
