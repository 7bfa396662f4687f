/*
 * The contract between the multicall binary and its applets. An applet is a const struct in the table that
 * config/applets.def lists; it calls libcore, never another applet.
 */
#ifndef APPLET_H
#define APPLET_H

#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "base/options.h"
#include "base/status.h"

struct applet {
	const char *name;                  /* of the command */
	const char *usage;                 /* the words after the name: "[-d LEVEL] [SOURCE] DEST" */
	const char *help;                  /* a sentence that says what it does, then details; no final newline */
	const struct option *options;      /* ends with id 0; NULL: none */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns an exit status */
};

#define APPLET(symbol) extern const struct applet applet_##symbol;
#include "applets.def"
#undef APPLET

/* All applets, sorted, NULL at the end. main owns the table and sets this before anything runs. */
extern const struct applet *const *applet_table;

/* The applet of that name, or NULL. */
const struct applet *applet_find(const char *name);

/* Runs an applet, handles --help and flushes its output; returns its exit status. From then on all messages of this
 * process have its name: run another applet in a child. */
int applet_run(const struct applet *applet, int argc, char **argv);

/*
 * Gets a copy of the last error message's first line: APPLET_WORDS bytes that init shares with its commands, so that
 * its last line on the console can say why. NULL elsewhere.
 */
enum { APPLET_WORDS = 240 };
extern char *applet_last_words;

/*
 * Counts a dump's progress: shared in the same way, so that init can tell a slow dump from one that hangs. NULL
 * elsewhere.
 */
extern volatile uint64_t *applet_moved;

/* Prints "name: text" on standard error and returns STATUS_FAILED. */
int applet_error(const struct error *e);

/* Prints "name: text", the usage line and where to find help; returns STATUS_USAGE. */
int applet_usage_error(const struct error *e);

/* Like applet_usage_error, with the caller's text. */
int applet_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Reads an option's argument, a whole number from min to max. Returns STATUS_DONE, or STATUS_USAGE after printing the
 * mistake. */
int applet_number(const char *option, const char *text, long min, long max, unsigned *number);

/* For a negative id from options_next: prints the help text on standard output for OPTION_HELP, else as
 * applet_usage_error. Returns the applet's exit status. */
int applet_stop(int id, const struct error *e);

/* Prints "name: text" on standard error, without control characters, for messages that are not errors. */
void applet_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A log that prints "name: line" on standard error, up to and including a level. The object is the caller's. */
struct applet_log {
	enum log_level most;
	struct log log; /* pass &log to libcore */
};
void applet_log_init(struct applet_log *log, enum log_level most);

#endif
