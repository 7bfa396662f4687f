#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "base/cleanup.h"
#include "fmt/mount_source.h"
#include "shared/mount_request.h"
#include "sys/blockdev.h"
#include "sys/file.h"
#include "sys/mounts.h"

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
static int look_at_device(struct mount_request *job, struct blockdev *device, struct error *e)
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

static int mount_source(struct mount_request *job, struct error *e)
{
	struct blockdev device;
	int result = 0;
	bool no_type = !job->type || strcmp(job->type, "auto") == 0;

	if (job->options.flags & (MS_BIND | MS_MOVE | MS_REMOUNT))
		return mounts_add(job->source, job->dir, job->type, &job->options, e);
	/* "mount proc /proc": a type that needs no device, by its own name. */
	if (no_type && filesystem_known(job->source) == 2)
		job->type = job->source;
	else if (no_type || blockdev_is_tag(job->source))
		result = look_at_device(job, &device, e);
	return result < 0 ? result : mounts_add(job->source, job->dir, job->type, &job->options, e);
}

/* From a server: another applet, since it needs half of the network's code. The messages have this one's name. */
static int run_server(const char *type, int argc, char **argv)
{
	const struct applet *server = applet_find("mount-server");
	struct error e;

	if (server)
		return server->run(argc, argv);
	error_set(&e, ENODEV, "-t %s: this program was built without mount-server, which mounts from servers", type);
	return applet_error(&e);
}

static int run(int argc, char **argv)
{
	struct error e = {.code = 0};
	struct mount_request job = {.type = NULL};
	int result = mount_request_parse(&job, argc, argv, &e);

	if (result < 0)
		return applet_stop(result, &e);
	if (result > 0 && job.type && is_server_type(job.type))
		return run_server(job.type, argc, argv);
	result = result == 0 ? print_mounts(&e) : mount_source(&job, &e);
	return result < 0 ? applet_error(&e) : STATUS_DONE;
}

const struct applet applet_mount = {
	.name = "mount",
	.usage = "[-t TYPE] [-o OPTIONS] [-r] [-w] [SOURCE DIR]",
	.help = "Mounts SOURCE on DIR; without operands, lists the mounts. SOURCE is a path, or UUID=, LABEL=,\n"
		"PARTUUID= or PARTLABEL= of a block device (ext2, ext3, ext4, xfs, vfat, btrfs, f2fs and others are "
		"recognised). With -t nfs it is HOST:/PATH, with -t cifs //HOST/SHARE.",
	.options = mount_request_options,
	.run = run,
};
