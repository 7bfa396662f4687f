/*
 * The machine itself as the model: the arrays and mapped devices that a target lies on, recorded in the plan.
 */
#ifndef INITRAMFS_HOST_HOSTONLY_VOLUMES_H
#define INITRAMFS_HOST_HOSTONLY_VOLUMES_H

#include "plan/plan.h"
#include "sys/dm.h"

/* Where the machine shows itself, and what only its kernel can say; a test puts its own in place. */
struct host_view {
	const char *sysfs, *dev; /* "/sys", "/dev" */
	/* A mapped device's table, lines as 'dmsetup table' has them; 0 or a negative errno. */
	int (*table)(const char *name, char *text, size_t size, struct error *e);
	/* The tag (UUID=, PARTUUID=) that finds the device of this node again; 0 or a negative errno. */
	int (*tag)(const char *node, char *text, size_t size, struct error *e);
	/* As hostonly_key_fits. */
	int (*fits)(const char *name, const struct dm_target *line, struct error *e);
};

extern const struct host_view host_view;

/*
 * Adds to plan->md and plan->dm what the block device of this number ("MAJOR:MINOR") is made of, the lowest first:
 * arrays by the UUID in their members' superblocks, linear and striped tables with names in place of numbers. What the
 * plan makes already stays as it is. Of multipath nothing is recorded, since each path shows the same. An encrypted
 * device's key comes from plan->keys, and is tried on the device: another one is -EINVAL. Without it, that is -ENOTSUP
 * with the line to write, and so are other types of mapped devices.
 */
int hostonly_volumes(struct plan *plan, const struct host_view *view, const char *number, const struct log *log,
		     struct error *e);

/* The same for each target of the plan, on the machine that runs. */
int hostonly_target_volumes(struct plan *plan, const struct log *log, struct error *e);

#endif
