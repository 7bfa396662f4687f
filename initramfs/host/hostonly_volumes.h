/*
 * Records in the plan the arrays and mapped devices below a target of the running machine.
 */
#ifndef INITRAMFS_HOST_HOSTONLY_VOLUMES_H
#define INITRAMFS_HOST_HOSTONLY_VOLUMES_H

#include "plan/plan.h"
#include "sys/dm.h"

/* Where facts about the machine come from; a test supplies its own. */
struct host_view {
	const char *sysfs, *dev; /* "/sys", "/dev" */
	/* A mapped device's table, lines as 'dmsetup table' prints them; 0 or a negative errno. */
	int (*table)(const char *name, char *text, size_t size, struct error *e);
	/* The tag (UUID=, PARTUUID=) that finds the device of this node again; 0 or a negative errno. */
	int (*tag)(const char *node, char *text, size_t size, struct error *e);
	/* As hostonly_key_fits. */
	int (*fits)(const char *name, const struct dm_target *line, struct error *e);
};

extern const struct host_view host_view;

/*
 * Adds to plan->md and plan->dm what the block device of this number ("MAJOR:MINOR") is made of, the lowest first:
 * arrays by the UUID in their members' superblocks, linear and striped tables with names in place of numbers. Leaves
 * alone what the plan makes already. Records nothing of multipath, since each path shows the same. The key of an
 * encrypted device comes from plan->dm and is tested on the device. Returns 0; -EINVAL for a wrong key; -ENOTSUP for a
 * missing one, with the line to write, and for other types of mapped devices; or another negative errno.
 */
int hostonly_volumes(struct plan *plan, const struct host_view *view, const char *number, const struct log *log,
		     struct error *e);

/* The same for each target of the plan, on the running machine. */
int hostonly_target_volumes(struct plan *plan, const struct log *log, struct error *e);

#endif
