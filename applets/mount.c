#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "base/cleanup.h"
#include "net/server_mount.h"
#include "sys/blockdev.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/mounts.h"

enum { NAME_MS = 30000 }; /* for finding a server's address */

static const struct option options[] = {
	{'t', "types", "TYPE", "type of the file system (default: from the superblock)"},
	{'o', "options", "OPTIONS", "comma-separated options; may be repeated"},
	{'r', "read-only", NULL, "the same as -o ro"},
	{'w', "rw", NULL, "the same as -o rw (the default)"},
	{0},
};

/* The command line. */
struct job {
	const char *type, *source, *dir;
	struct mount_options options;
};

static int print_mounts(struct error *e)
{
	char *text CLEANUP(free_ptr) = NULL;
	size_t size;
	int result = file_read("/proc/self/mounts", 4 << 20, &text, &size, e);

	if (result == 0)
		fwrite(text, 1, size, stdout);
	return result;
}

/* ext4's driver handles ext2 and ext3, too. */
static const char *driver_of(const char *type)
{
	if ((strcmp(type, "ext2") == 0 || strcmp(type, "ext3") == 0) && !filesystem_known(type) &&
	    filesystem_known("ext4"))
		return "ext4";
	return type;
}

/* Finds the path of the source's device, and the type unless -t gave it. */
static int look_at_device(struct job *job, struct blockdev *device, struct error *e)
{
	int count = blockdev_find(job->source, device, e);

	if (count < 0)
		return count;
	if (count > 1)
		applet_say("warning: %s is on %d devices: using %s", job->source, count, device->path);
	job->source = device->path;
	if (job->type && strcmp(job->type, "auto") != 0)
		return 0;
	if (!device->volume.type[0])
		return error_set(e, EINVAL, "%s: no known file system on it: give its type with -t", device->path);
	job->type = driver_of(device->volume.type);
	return 0;
}

static int mount_source(struct job *job, struct error *e)
{
	struct blockdev device;
	int result = 0;
	bool no_type = !job->type || strcmp(job->type, "auto") == 0;

	if (job->options.flags & (MS_BIND | MS_MOVE | MS_REMOUNT))
		return mounts_add(job->source, job->dir, job->type, &job->options, e);
	if (!no_type && server_mount_type(job->type))
		return server_mount(job->source, job->dir, job->type, &job->options, clock_ms() + NAME_MS, e);
	/* "mount proc /proc": a type that needs no device, by its own name. */
	if (no_type && filesystem_known(job->source) == 2)
		job->type = job->source;
	else if (no_type || blockdev_is_tag(job->source))
		result = look_at_device(job, &device, e);
	return result < 0 ? result : mounts_add(job->source, job->dir, job->type, &job->options, e);
}

static int parse(struct job *job, struct options *o, struct error *e)
{
	int id, count = 0;

	while ((id = options_next(o, options, e)) != 0) {
		const char *operand = o->value;
		int result = 0;

		switch (id) {
		case OPTION_OPERAND:
			if (count == 2)
				return error_set(e, EINVAL, "unexpected argument '%s'", operand);
			*(count++ ? &job->dir : &job->source) = operand;
			break;
		case 't':
			job->type = operand;
			break;
		case 'o':
			result = mount_options_parse(&job->options, operand, e);
			break;
		case 'r':
			job->options.flags |= MS_RDONLY;
			break;
		case 'w':
			job->options.flags &= ~(unsigned long)MS_RDONLY;
			break;
		default:
			return id;
		}
		if (result < 0)
			return result;
	}
	/* A remount needs only the directory. */
	if (count == 1 && (job->options.flags & MS_REMOUNT)) {
		job->dir = job->source;
		job->source = "none";
		return 2;
	}
	if (count == 1)
		return error_set(e, EINVAL, "missing DIR");
	return count;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	struct job job = {.type = NULL};
	int result = parse(&job, &o, &e);

	if (result < 0)
		return applet_stop(result, &e);
	result = result == 0 ? print_mounts(&e) : mount_source(&job, &e);
	return result < 0 ? applet_error(&e) : STATUS_DONE;
}

const struct applet applet_mount = {
	.name = "mount",
	.usage = "[-t TYPE] [-o OPTIONS] [-r] [-w] [SOURCE DIR]",
	.help = "Mounts SOURCE on DIR; without operands, lists the mounts. SOURCE is a path, or UUID=, LABEL=,\n"
		"PARTUUID= or PARTLABEL= of a block device (ext2, ext3, ext4, xfs, vfat, btrfs, f2fs and others are "
		"recognised). With -t nfs it is HOST:/PATH, with -t cifs //HOST/SHARE.",
	.options = options,
	.run = run,
};
