/*
 * Reads the values of options into the plan, by rules that all dialects share. Each function returns 0 or
 * -EINVAL with "FILE:LINE: OPTION VALUE: what is wrong and what to write instead". All that gets into the plan can be
 * written as a line of crashbox.conf (plan/show_config.h) and as a word of the capture script.
 */
#ifndef INITRAMFS_DIALECT_SETTING_H
#define INITRAMFS_DIALECT_SETTING_H

#include "plan/plan.h"
#include "dialect/remote.h"

/* An option as it was found; all borrowed. */
struct setting {
	const char *name, *value;
	const char *where; /* "FILE:LINE" */
	const struct log *log;
};

/* "WHERE: NAME VALUE: what"; always -EINVAL. */
int setting_bad(const struct setting *setting, struct error *e, const char *what);

/* Logs a note, which begins with "WHERE: NAME ". */
void setting_note(const struct setting *setting, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A decimal number from least to most; what describes it: "a number of dumps". */
int setting_number(const struct setting *setting, unsigned least, unsigned most, const char *what, unsigned *number,
		   struct error *e);

/* yes, true, 1; no, false, 0. */
int setting_bool(const struct setting *setting, bool *yes, struct error *e);

/* reboot, halt or poweroff. */
int setting_action(enum action *action, const struct setting *setting, struct error *e);

/* Adds a target of that kind; the value is its device. */
int setting_target(struct plan *plan, const struct target_kind *kind, const struct setting *setting, struct error *e);

/* The device alone, in its shortest form. */
int setting_device(char device[PLAN_TEXT], const struct setting *setting, struct error *e);

/* plan->path: normalised, without a slash at its end. */
int setting_path(struct plan *plan, const struct setting *setting, struct error *e);

/* The same for one that must be absolute, since it is on the system that crashes. */
int setting_directory(struct plan *plan, const struct setting *setting, struct error *e);

/* Words for a command line: tabs and newlines become blanks. */
int setting_text(char text[PLAN_TEXT], const struct setting *setting, struct error *e);

/* plan->cmdline, with a note that the recommended one is not used. */
int setting_cmdline(struct plan *plan, const struct setting *setting, struct error *e);

/* An absolute file name without blanks. */
int setting_file(char file[PLAN_TEXT], const struct setting *setting, struct error *e);

/* plan->kernel_version. */
int setting_version(struct plan *plan, const struct setting *setting, struct error *e);

/* Adds each word to plan->modules, or to plan->files, which holds each name once. */
int setting_modules(struct plan *plan, const struct setting *setting, struct error *e);
int setting_files(struct plan *plan, const struct setting *setting, struct error *e);

/* Adds a command line to hooks (plan->pre or plan->post) and its program to plan->files. */
int setting_hook(struct plan *plan, struct hooks *hooks, const struct setting *setting, struct error *e);

/* Refuses a target on another machine: wrong is what remote.h found, or NULL; remedy: what to write instead. */
int setting_remote(const struct setting *setting, const struct remote *remote, const char *wrong, const char *remedy,
		   struct error *e);

#endif
