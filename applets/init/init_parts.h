/*
 * The parts of init, PID 1 of the capture environment: what each does for the others. Each uses only those above it;
 * init.c, on top, is the only one that ends the capture.
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

/* Opens the watchdogs that exist and are not open yet, and says so. Commands may have loaded their modules. */
void init_watchdog_open(void);

/* Feeds the watchdogs for ms from now on, whatever happens; 0: not any more. */
void init_watchdog_allow(uint64_t ms);

/* From now on feeds them only while dump-save moves bytes: at most deadline ms without any. */
void init_watchdog_follow(uint64_t deadline);

/* Every 100 ms, by the timer: feeds them if they are due. A signal handler may call it. */
void init_watchdog_tick(void);

/* Stops them on a machine that must stay halted. */
void init_watchdog_disarm(void);

/* How long dump-save has moved no byte, in ms, since the last init_watchdog_follow. */
uint64_t init_stalled(void);

/* --- init_environment.c --- */

/* File systems, the console, the memory that is shared with commands, handlers and the timer. */
void init_set_up(void);

/* Samples the available memory; a signal handler may call it. */
void init_sample_memory(void);

/* Resets the signal handlers, in a child. */
void init_forget_handlers(void);

/* --- init_variables.c --- */

/* The script's, else the environment's: there the kernel puts unknown words of its command line. NULL where there is
 * none. context is for script_next. */
const char *init_variable(void *context, const char *name);
int init_set_variable(const char *name, const char *value, struct error *e);

/* The milliseconds that a variable gives, 0: no limit; otherwise where it is missing or no duration. */
uint64_t init_deadline(const char *name, uint64_t otherwise);

/* How long a line may take: its own time, or what is left of the whole capture's (at least 1 ms). 0: no limit. */
uint64_t init_time_left(void);

/* Whether the capture's time is up. */
bool init_expired(void);

/* --- init_command.c --- */

struct outcome {
	int status;     /* as a shell has it: 128 + n for signal n */
	char text[160]; /* "exit status 1" */
};

/* The number of words before the command that timeout runs; 0 for any other command. */
int init_timeout_words(const struct script_command *c);

/* Whether a command is dump-save, alone or after timeout. */
bool init_is_dump_save(const struct script_command *c);

/* Runs a command at most until end (by clock_ms; 0: no limit). */
void init_run_command(const struct script_command *c, uint64_t end, struct outcome *o);

/* --- init_verdict.c --- */

/* How a line went so far. */
struct line_progress {
	int status;
	bool dumped;     /* dump-save has ended with 0 */
	bool external;   /* so has a program that is no applet: it may have saved the dump */
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

/* A failure of the script itself. */
void init_refuse(const struct error *e);

/* Prints the last line on the console: what was saved, and what happens next. */
void init_say_verdict(enum power action);

/* --- init_line.c --- */

/* What init_run_line returns: one of enum power, or this. */
enum { LINE_GOES_ON = -1 };

/*
 * Runs a line. Returns how the capture ends, where the line ends in reboot, poweroff or halt; else LINE_GOES_ON. One
 * that has saved a dump and failed after that ends so too: no other target gets the same dump.
 */
int init_run_line(const struct script_line *line);

#endif
