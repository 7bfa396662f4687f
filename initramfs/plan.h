/*
 * What the capture environment is to do: the one object between the configuration's dialect and the script, the image
 * and the reports.
 */
#ifndef INITRAMFS_PLAN_H
#define INITRAMFS_PLAN_H

#include "base/error.h"
#include "base/log.h"
#include "base/span.h"

#include "collector.h"
#include "names.h"

enum action { ACTION_REBOOT, ACTION_HALT, ACTION_POWEROFF };

enum {
	PLAN_TARGETS = 8,
	PLAN_TEXT = 1024,          /* bytes of a device, a path, a command line, with their NUL */
	PLAN_DEVICE_WAIT = 30,     /* seconds */
	PLAN_DUMP_DEADLINE = 3600, /* seconds */
	PLAN_MOUNT_DEADLINE = 60,  /* seconds, also for a journal's replay; and for umount */
};

/* A file system to save to. */
struct target {
	const char *type;       /* "ext4", static */
	char device[PLAN_TEXT]; /* /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL= */
};

struct plan {
	char source[256];                    /* the configuration's name without its directories */
	struct target targets[PLAN_TARGETS]; /* tried in this order, at least one */
	size_t nr_targets;
	char path[PLAN_TEXT]; /* under the target: "/var/crash" */
	struct collector collector;
	enum action final;      /* after a saved dump */
	enum action failure;    /* when none could be saved */
	struct names modules;   /* by name, in the order given */
	char append[PLAN_TEXT]; /* words for the capture kernel's command line */
	unsigned dump_deadline; /* seconds */
};

/*
 * Makes the plan that a configuration in kdump.conf's dialect asks for. file is its name for messages. What is left out
 * without harm is noted on the log; everything else that this version cannot do is -EINVAL, with file and line. The
 * caller calls plan_deinit, also after a failure.
 */
int plan_init(struct plan *plan, struct span text, const char *file, const struct log *log, struct error *e);
void plan_deinit(struct plan *plan);

/* The action's applet, and its word in a configuration: "reboot". */
const char *action_name(enum action action);

#endif
