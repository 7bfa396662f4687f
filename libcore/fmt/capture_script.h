/*
 * The capture script's language: a strict subset of the POSIX shell's, which every shell runs in the same way: simple
 * commands, single and double quotes, backslash, $NAME and ${NAME}, NAME=value alone on its line, && and ||, comments.
 * Everything else is refused by name. doc/capture-script.md describes it. Source: POSIX.1-2017, Shell Command Language,
 * 2.2 (quoting), 2.3 (tokens), 2.6 (expansion), 2.9.3 (lists).
 */
#ifndef FMT_CAPTURE_SCRIPT_H
#define FMT_CAPTURE_SCRIPT_H

#include "base/error.h"
#include "base/span.h"

enum {
	SCRIPT_MAX = 64 * 1024, /* bytes of a script; init reads no longer one */
	SCRIPT_COMMANDS = 32,   /* limits of one line */
	SCRIPT_WORDS = 256,
	SCRIPT_BYTES = 8192, /* all words together, after expansion */
};

enum script_kind {
	SCRIPT_LIST,       /* one command or more */
	SCRIPT_ASSIGNMENT, /* NAME=value */
};

/* What joins a command to the one that ran before it on the line, whose status decides whether it runs. */
enum script_join {
	SCRIPT_FIRST,
	SCRIPT_AND, /* runs if that was 0 */
	SCRIPT_OR,  /* runs if it was not */
};

struct script_command {
	enum script_join join;
	int argc;
	char **argv; /* words, then NULL */
};

/* A line with its continuation lines, expanded. Its pointers point into the object, so it cannot be copied. */
struct script_line {
	enum script_kind kind;
	unsigned number;          /* of its first line in the script, from 1 */
	struct span text;         /* as written in the script, without the newline */
	const char *name, *value; /* assignment only */
	size_t count;
	struct script_command commands[SCRIPT_COMMANDS];
	size_t used_words, used_bytes;
	char *words[SCRIPT_WORDS];
	char bytes[SCRIPT_BYTES];
};

/* A script being read. The caller fills the first three and leaves the rest zero. */
struct script {
	struct span text;
	const char *(*lookup)(void *context, const char *name); /* a variable's value, or NULL (expands to nothing) */
	void *context;
	size_t offset; /* where the next line starts */
	unsigned line; /* lines before that */
};

/*
 * Reads and expands the next line that is not blank, with the current variables. Returns 1, 0 at the end, or -EINVAL (a
 * refused construct) or -E2BIG with an error that starts with "line N: ". After an error the next call continues after
 * the bad line; line->number and line->text are set then, too.
 */
int script_next(struct script *script, struct script_line *line, struct error *e);

#endif
