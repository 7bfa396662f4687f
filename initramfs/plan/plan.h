/*
 * What the capture environment does: the one object between the configuration's dialect and the script, the image
 * and the reports.
 */
#ifndef INITRAMFS_PLAN_PLAN_H
#define INITRAMFS_PLAN_PLAN_H

#include <stdbool.h>

#include "base/log.h"

#include "plan/collector.h"
#include "plan/hook.h"
#include "plan/target.h"
#include "plan/volume.h"
#include "text/string_list.h"

enum action { ACTION_REBOOT, ACTION_HALT, ACTION_POWEROFF };

enum {
	PLAN_TARGETS = 8,
	PLAN_DEVICE_WAIT = 30,     /* seconds */
	PLAN_DUMP_DEADLINE = 3600, /* seconds */
	PLAN_MOUNT_DEADLINE = 60,  /* seconds, also for a journal's replay; and for umount */
};

struct plan {
	char source[256];                    /* the configuration's name without its directories */
	struct target targets[PLAN_TARGETS]; /* tried in this order */
	size_t nr_targets;
	/* Below the target: "/var/crash", or "" for its root. For a raw device, savecore's directory. */
	char path[PLAN_TEXT];
	bool raw_disposable;      /* raw devices are overwritten even if they hold data */
	struct md_arrays md;      /* assembled before the targets are looked for */
	struct mapped_devices dm; /* made after the arrays; the lines of an encrypted one hold its key */
	struct collector collector;
	bool log_only;              /* no memory is saved, only the kernel's log */
	enum action final;          /* after a saved dump */
	enum action failure;        /* when none could be saved */
	struct string_list modules; /* by name, in the order given */
	unsigned dump_deadline;     /* seconds */

	struct hooks pre, post;
	/* The builder's, put into the image under the same names; one without a slash is a program, looked for in
	 * /usr/sbin, /usr/bin, /sbin and /bin. */
	struct string_list files;
	bool pre_may_fail;        /* a pre hook that fails does not end the capture */
	unsigned keep;            /* the number of newest dumps to keep, including the new one; 0: all */
	unsigned min_free;        /* MiB that must be free on the target before a dump; 0: not checked */
	unsigned at_most;         /* no dump if a target has this many from the last `within` seconds; 0: not checked */
	unsigned within;          /* 0: dump-save's own default */
	char append[PLAN_TEXT];   /* words for the capture kernel's command line */
	char cmdline[PLAN_TEXT];  /* if not empty: this command line instead of the recommended one */
	bool disabled;            /* the running system loads no capture kernel (USE_KDUMP=0) */
	char kernel[PLAN_TEXT];   /* the capture kernel's file, or "" */
	char kernel_version[128]; /* its release, as from uname -r; "": the running one's */
	char image[PLAN_TEXT];    /* where the running system keeps the image, or "" */
	char kexec_args[PLAN_TEXT]; /* further options for the load, in kexec's letters */
};

/* The plan of an empty configuration: no target yet, and a path in the system that crashes. */
void plan_init(struct plan *plan);
void plan_deinit(struct plan *plan);

/* Whether the plan makes the device of that name: /dev/md0 or /dev/mapper/NAME. */
bool plan_makes(const struct plan *plan, const char *device);

/* Whether the plan holds a key: in the table of an encrypted device. */
bool plan_has_key(const struct plan *plan);

/* Warns that the image will hold keys, and of each key whose device is not made. */
void plan_warn_of_keys(const struct plan *plan, const struct log *log);

/* The action's applet, and its word in a configuration: "reboot". */
const char *action_name(enum action action);

#endif
