/*
 * The parts of init, PID 1 of the capture environment. Each uses only those above it in this file; only init.c, which
 * uses all, ends the capture.
 */
#ifndef APPLETS_INIT_INIT_PARTS_H
#define APPLETS_INIT_INIT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "applet.h"
#include "fmt/capture_script.h"
#include "init/init_state.h"
#include "sys/power.h"

/* --- init_watchdog.c --- */

/* Opens and reports the watchdogs that are not open yet. Commands may have loaded their modules. */
void init_watchdog_open(void);

/* Feeds the watchdogs unconditionally for the next ms; 0: no longer. */
void init_watchdog_allow(uint64_t ms);

/* From now on feeds them only while dump-save moves bytes, at least every deadline ms. */
void init_watchdog_follow(uint64_t deadline);

/* Every 100 ms, by the timer: feeds them if they are due. A signal handler may call it. */
void init_watchdog_tick(void);

/* Stops them on a machine that must stay halted. */
void init_watchdog_disarm(void);

/* For how many ms dump-save has moved no byte, since the last init_watchdog_follow. */
uint64_t init_stalled(void);

/* --- init_environment.c --- */

/* Sets up file systems, the console, the memory shared with commands, handlers and the timer. */
void init_set_up(void);

/* Samples the available memory; a signal handler may call it. */
void init_sample_memory(void);

/* Resets the signal handlers, in a child. */
void init_forget_handlers(void);

/* --- init_variables.c --- */

/* The script's variable, else the environment's: the kernel puts unknown words of its command line there. NULL: none.
 * context is for script_next. */
const char *init_variable(void *context, const char *name);
int init_set_variable(const char *name, const char *value, struct error *e);

/* The milliseconds in a variable, 0: no limit; otherwise if it is missing or not a duration. */
uint64_t init_deadline(const char *name, uint64_t otherwise);

/* The ms that a line may take: its own limit, or the rest of the whole capture's (at least 1 ms). 0: no limit. */
uint64_t init_time_left(void);

/* Whether the capture's time is up. */
bool init_expired(void);

/* --- init_command.c --- */

struct outcome {
	int status;     /* as a shell has it: 128 + n for signal n */
	char text[160]; /* "exit status 1" */
};

/* How many of timeout's words precede its command; 0 for any other command. */
int init_timeout_words(const struct script_command *c);

/* Whether a command is dump-save, alone or after timeout. */
bool init_is_dump_save(const struct script_command *c);

/* Runs a command until end at the latest (by clock_ms; 0: no limit). */
void init_run_command(const struct script_command *c, uint64_t end, struct outcome *o);

/* --- init_verdict.c --- */

/* The state of a line so far. */
struct line_progress {
	int status;
	bool dumped;     /* dump-save ended with 0 */
	bool external;   /* so did a program that is not an applet: it may have saved the dump */
	char failed[64]; /* the name of the last command that failed */
	struct outcome outcome;
	char words[APPLET_WORDS]; /* the last error message of that command, or none */
};

void init_note_line(const struct script_line *line);
void init_note_saved(const struct script_line *line, enum verdict verdict, uint64_t start);
void init_note_failure(const struct script_line *line, const struct line_progress *p, uint64_t start);

/* After each command. */
void init_note_status(const struct script_line *line, const struct script_command *c, struct line_progress *p,
		      uint64_t start);

/* Records a failure of the script itself. */
void init_refuse(const struct error *e);

/* Prints the last line on the console: what was saved, and what happens next. */
void init_say_verdict(enum power action);

/* --- init_line.c --- */

/* What init_run_line returns: one of enum power, or this. */
enum { LINE_GOES_ON = -1 };

/*
 * Runs a line. Returns how the capture ends, if the line ends in reboot, poweroff or halt; else LINE_GOES_ON. The same
 * if it saved a dump and failed after that: no other target gets the same dump.
 */
int init_run_line(const struct script_line *line);

#endif
