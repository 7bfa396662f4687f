/*
 * A dialect: a table with a row for each option, and what happens to its value.
 */
#ifndef INITRAMFS_DIALECT_OPTION_ROW_H
#define INITRAMFS_DIALECT_OPTION_ROW_H

#include <stddef.h>

#include "dialect/setting.h"

/* What an option's value is, if it goes into a member of the plan unchanged. */
enum setting_type {
	SETTING_OTHER,
	SETTING_BOOL,
	SETTING_NUMBER,
	SETTING_TEXT,
	SETTING_FILE,
	SETTING_HOOK,
	SETTING_ACTION
};

/* One of type, take and scheme is set, or a text that says why the option is ignored or refused. */
struct option_row {
	const char *name;
	int (*take)(struct plan *plan, const struct setting *setting, struct error *e);
	const char *ignored, *refused;
	const char *values; /* the valid ones, with '|' between them; "#": numbers; NULL: any */
	const char *quiet;  /* those that need no note and no refusal */
	const char *same;   /* the option that this is another name of */
	bool repeats;       /* may be given more than once */
	const char *scheme; /* a target on another machine: "nfs", "ftp", "ssh" */
	enum setting_type type;
	size_t member;        /* of type: offset in struct plan */
	unsigned least, most; /* of a number */
	const char *what;     /* what a number counts */
};

/* The type and member of a row. */
#define TAKES_BOOL(of)   .type = SETTING_BOOL, .member = offsetof(struct plan, of)
#define TAKES_TEXT(of)   .type = SETTING_TEXT, .member = offsetof(struct plan, of)
#define TAKES_FILE(of)   .type = SETTING_FILE, .member = offsetof(struct plan, of)
#define TAKES_HOOK(of)   .type = SETTING_HOOK, .member = offsetof(struct plan, of)
#define TAKES_ACTION(of) .type = SETTING_ACTION, .member = offsetof(struct plan, of)
#define TAKES_NUMBER(of, from, to, counted)                                                                            \
	.type = SETTING_NUMBER, .member = offsetof(struct plan, of), .least = from, .most = to, .what = counted

struct dialect {
	const char *name; /* "kdump", static */
	const char *help; /* whose, and which file */
	bool shell;       /* NAME=value as a shell reads it; else "option value" */
	void (*defaults)(struct plan *plan);
	const char *remedy; /* what to write instead of a target on another machine; NULL: no such row */
	const struct option_row *rows;
	size_t nr_rows;
};

extern const struct dialect dialect_kdump, dialect_suse, dialect_debian, dialect_lkcd;

#endif
