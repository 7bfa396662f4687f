/*
 * The capture script: a strict subset of the POSIX shell's language, such that every shell does the same with it.
 * What is in it: simple commands, single and double quotes, backslash, $NAME and ${NAME}, NAME=value alone on its line,
 * && and ||, comments. Everything else is refused by name. doc/capture-script.md describes it. Source: POSIX.1-2017,
 * Shell Command Language, 2.2 (quoting), 2.3 (tokens), 2.6 (expansion), 2.9.3 (lists).
 */
#ifndef FMT_CAPTURE_SCRIPT_H
#define FMT_CAPTURE_SCRIPT_H

#include "base/error.h"
#include "base/span.h"

enum {
	SCRIPT_COMMANDS = 32, /* the most of one line */
	SCRIPT_WORDS = 256,
	SCRIPT_BYTES = 8192, /* of all its words, after expansion */
};

enum script_kind {
	SCRIPT_LIST,       /* one command or more */
	SCRIPT_ASSIGNMENT, /* NAME=value */
};

/* What stands before a command: whether it runs depends on the status of what ran before it in its line. */
enum script_join {
	SCRIPT_FIRST,
	SCRIPT_AND, /* runs where that was 0 */
	SCRIPT_OR,  /* runs where it was not */
};

struct script_command {
	enum script_join join;
	int argc;
	char **argv; /* words of the line, ended by NULL */
};

/* A line, expanded; continuation lines belong to it. The object holds all that it points to: it cannot be copied. */
struct script_line {
	enum script_kind kind;
	unsigned number;          /* of its first line in the script, from 1 */
	struct span text;         /* as it stands in the script, without the newline */
	const char *name, *value; /* of an assignment */
	size_t count;
	struct script_command commands[SCRIPT_COMMANDS];
	size_t used_words, used_bytes;
	char *words[SCRIPT_WORDS];
	char bytes[SCRIPT_BYTES];
};

/* A script that is being read. The caller fills the first three and leaves the rest zero. */
struct script {
	struct span text;
	const char *(*lookup)(void *context, const char *name); /* a variable's value, or NULL (expands to nothing) */
	void *context;
	size_t offset; /* where the next line starts */
	unsigned line; /* lines before that */
};

/*
 * Reads and expands the next line that is not blank, with the variables as they are then. Returns 1, 0 at the end, or
 * -EINVAL (a construct that is refused) or -E2BIG with an error that starts with "line N: ". After an error the next
 * call goes on behind the wrong line; line->number and line->text are set then, too.
 */
int script_next(struct script *script, struct script_line *line, struct error *e);

#endif
