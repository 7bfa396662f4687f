/*
 * Command lines. A table of options serves the parser and the help text, so the two cannot disagree.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include "base/error.h"

/* One option; a table ends with an entry whose id is 0. Texts are static. */
struct option {
	int id;           /* the letter of the short form, or a number from 256 on for an option without a short form */
	const char *name; /* long form without its dashes, or NULL */
	const char *arg;  /* the argument's name in the help, or NULL for an option without one */
	const char *help; /* one or more lines for --help */
};

enum {
	OPTION_OPERAND = 1000, /* what options_next returns for a word that is not an option */
	OPTION_FORM = 64,      /* bytes of option_form's text */
	OPTION_HELP = -1000,   /* ... and for --help, implicitly in every table */
};

/* Where the parser is: the caller sets argc and argv and leaves the rest zero. argv[0] is skipped. */
struct options {
	int argc;
	char **argv;
	int index;         /* the next word to look at */
	const char *rest;  /* inside a cluster of short options */
	int no_more;       /* "--" has been seen */
	const char *value; /* out: the option's argument, or the operand */
};

/*
 * The next option or operand, in the order of the command line (options may follow operands, as with GNU tools).
 * Returns an option's id, OPTION_OPERAND, OPTION_HELP, 0 at the end, or -EINVAL with *e set. Accepts -x VALUE, -xVALUE,
 * -abc, --name VALUE, --name=VALUE and "--". options->index is the first word not yet taken: a caller that stops at an
 * operand continues there.
 */
int options_next(struct options *options, const struct option *table, struct error *e);

/* An option as a help text shows it: "-d LEVEL", "-p, --load-panic", "    --append=WORDS". Returns form. */
const char *option_form(const struct option *option, char form[OPTION_FORM]);

/* A whole decimal number from 0 to max, or -1: for an option's argument. */
long number_parse(const char *text, long max);

#endif
