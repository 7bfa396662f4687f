#include <string.h>

#include "applet.h"
#include "sys/mounts.h"

/* Of umount2(2); <sys/mount.h> has them, and disagrees with <linux/mount.h>. */
enum { UMOUNT_FORCE = 1, UMOUNT_LAZY = 2 };

static const struct option options[] = {
	{'l', "lazy", NULL, "detach it now; release it when nothing uses it any more"},
	{'f', "force", NULL, "abort pending requests (NFS)"},
	{0},
};

/* A device means the place where it was last mounted. */
static int unmount(const char *target, int flags, struct error *e)
{
	struct mount_table table;
	const char *dir = target;
	int result = mount_table_read(&table, e);

	/* Without /proc the target is used as given. */
	if (result < 0)
		return mounts_remove(target, flags, e);
	for (size_t i = 0; i < table.count; i++)
		if (strcmp(table.entries[i].source, target) == 0)
			dir = table.entries[i].dir;
	for (size_t i = 0; i < table.count; i++)
		if (strcmp(table.entries[i].dir, target) == 0)
			dir = target;
	result = mounts_remove(dir, flags, e);
	mount_table_free(&table);
	return result;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	int id, flags = 0, count = 0, status = STATUS_DONE;

	/* Options first: they apply to every target. argv keeps the targets. */
	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		if (id == OPTION_OPERAND)
			argv[count++] = argv[o.index - 1];
		else
			flags |= id == 'l' ? UMOUNT_LAZY : UMOUNT_FORCE;
	}
	if (count == 0)
		return applet_usage("missing TARGET");
	for (int i = 0; i < count; i++)
		if (unmount(argv[i], flags, &e) < 0)
			status = applet_error(&e);
	return status;
}

const struct applet applet_umount = {
	.name = "umount",
	.usage = "[-l] [-f] TARGET...",
	.help = "Unmounts each TARGET: a directory, or the device that is mounted.",
	.options = options,
	.run = run,
};
