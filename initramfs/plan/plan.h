/*
 * What the capture environment is to do: the one object between the configuration's dialect and the script, the image
 * and the reports.
 */
#ifndef INITRAMFS_PLAN_PLAN_H
#define INITRAMFS_PLAN_PLAN_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "base/span.h"

#include "dialect/collector.h"
#include "text/string_list.h"

enum action { ACTION_REBOOT, ACTION_HALT, ACTION_POWEROFF };

enum {
	PLAN_TARGETS = 8,
	PLAN_TEXT = 1024,          /* bytes of a device, a path, a command line, with their NUL */
	PLAN_DEVICE_WAIT = 30,     /* seconds */
	PLAN_DUMP_DEADLINE = 3600, /* seconds */
	PLAN_MOUNT_DEADLINE = 60,  /* seconds, also for a journal's replay; and for umount */
};

/* A file system to save to, or a raw device for savecore. */
struct target {
	const char *type;       /* "ext4" or "raw", static */
	char device[PLAN_TEXT]; /* /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL= */
};

struct plan {
	char source[256];                    /* the configuration's name without its directories */
	struct target targets[PLAN_TARGETS]; /* tried in this order */
	size_t nr_targets;
	char path[PLAN_TEXT];  /* under the target: "/var/crash"; "" is its root; of a raw device, savecore's directory
				*/
	bool raw_disposable;   /* raw devices, whatever they hold */
	struct string_list md; /* arrays to start before the targets: "/dev/md0 UUID raid5 members=3 force", the last
			    three optional */
	struct string_list dm; /* mapped devices to make behind them: "NAME START LENGTH TYPE WORDS", lines of one table
			    in their order; the key of an encrypted one stands in it */
	struct string_list keys; /* read from files, of devices in dm: "NAME DIGITS" */
	struct collector collector;
	bool log_only;              /* no memory is saved, only the kernel's log */
	enum action final;          /* after a saved dump */
	enum action failure;        /* when none could be saved */
	struct string_list modules; /* by name, in the order given */
	unsigned dump_deadline;     /* seconds */

	struct string_list pre, post; /* hooks, in their order: a program in the image, blanks, its arguments */
	struct string_list files;   /* the builder's, put into the image under the same names; one without a slash is a
			       program, looked for in /usr/sbin, /usr/bin, /sbin and /bin */
	bool pre_may_fail;          /* a pre hook that fails does not end the capture */
	unsigned keep;              /* so many of the newest dumps stay, the new one among them; 0: all */
	unsigned min_free;          /* MiB that must be free on the target before a dump; 0: not asked */
	unsigned at_most;           /* no dump where a target has so many of the last within seconds; 0: not asked */
	unsigned within;            /* 0: dump-save's own default */
	char append[PLAN_TEXT];     /* words for the capture kernel's command line */
	char cmdline[PLAN_TEXT];    /* where not empty: that command line, in place of the recommended one */
	bool disabled;              /* the running system is not to load anything (USE_KDUMP=0) */
	char kernel[PLAN_TEXT];     /* the capture kernel's file, or "" */
	char kernel_version[128];   /* its release as uname -r has it, or "": the running one's */
	char image[PLAN_TEXT];      /* where the running system keeps the image, or "" */
	char kexec_args[PLAN_TEXT]; /* further options for the load, in kexec's letters */
};

struct dialect;

/*
 * Makes the plan that a configuration asks for. dialect says how to read it (dialect.h); NULL: its content tells. file
 * is its name for messages. What is left out without harm, or done otherwise, is noted on the log line by line;
 * everything that this version cannot do is -EINVAL, with file and line. Where the configuration names no target of its
 * own, nr_targets is 0 and path a directory of the system that crashes: plan_resolve finds the file system. The caller
 * calls plan_deinit, also after a failure.
 */
int plan_init(struct plan *plan, const struct dialect *dialect, struct span text, const char *file,
	      const struct log *log, struct error *e);
void plan_deinit(struct plan *plan);

/* Whether a target is a raw device, without a file system. */
bool target_is_raw(const struct target *target);

/* The action's applet, and its word in a configuration: "reboot". */
const char *action_name(enum action action);

#endif
