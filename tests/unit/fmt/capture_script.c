/* The capture script's language: what is in it, what is refused, and that a shell does the same with it. */
#include "unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/capture_script.h"

/* The variables of a test, as a script's assignments set them. */
struct variables {
	size_t count;
	char names[16][32], values[16][64];
};

static const char *lookup(void *context, const char *name)
{
	struct variables *v = context;

	for (size_t i = v->count; i-- > 0;)
		if (strcmp(v->names[i], name) == 0)
			return v->values[i];
	return NULL;
}

static void assign(struct variables *v, const struct script_line *line)
{
	snprintf(v->names[v->count], sizeof(v->names[0]), "%s", line->name);
	snprintf(v->values[v->count], sizeof(v->values[0]), "%s", line->value);
	v->count++;
}

static void print_line(FILE *out, const struct script_line *line)
{
	static const char *const joins[] = {"", "&&", "||"};

	for (size_t i = 0; i < line->count; i++) {
		fputs(joins[line->commands[i].join], out);
		for (int k = 0; k < line->commands[i].argc; k++)
			fprintf(out, "<%s>", line->commands[i].argv[k]);
	}
}

/* Each line as N:<word><word>&&<word>, an assignment as N:NAME=<value>, an error as its text; the caller frees. */
static char *parse(const void *text, size_t size)
{
	struct variables variables = {.count = 0};
	struct script script = {.text = span_of(text, size), .lookup = lookup, .context = &variables};
	struct script_line line;
	struct error e;
	char *result = NULL;
	size_t length;
	FILE *out = open_memstream(&result, &length);
	int status;

	while ((status = script_next(&script, &line, &e)) != 0) {
		if (status < 0) {
			fprintf(out, "%s\n", e.text);
			continue;
		}
		fprintf(out, "%u:", line.number);
		if (line.kind == SCRIPT_ASSIGNMENT) {
			fprintf(out, "%s=<%s>", line.name, line.value);
			assign(&variables, &line);
		}
		print_line(out, &line);
		fputc('\n', out);
	}
	fclose(out);
	return result;
}

#define PARSES(t, text, want)                                                                                          \
	do {                                                                                                           \
		char *got CLEANUP(free_ptr) = parse(text, strlen(text));                                               \
		CHECK_STR(t, got, want);                                                                               \
	} while (0)

static void words(struct test *t)
{
	PARSES(t, "", "");
	PARSES(t, "\n \t\n# only a comment", "");
	PARSES(t, "a b\tc  # x\n\nd", "1:<a><b><c>\n3:<d>\n");
	PARSES(t, "a 'b  c' \"d  e\" f\\ g h#i", "1:<a><b  c><d  e><f g><h#i>\n");
	PARSES(t, "a '' \"\" b", "1:<a><><><b>\n");
	PARSES(t, "a 'x'\"y\"\\z\"'\"", "1:<a><xyz'>\n");
	PARSES(t, "a '\\$x' \"\\$x \\\\ \\\" \\` \\n\"", "1:<a><\\$x><$x \\ \" ` \\n>\n");
	PARSES(t, "a \\# \\| \\' b=c --x=y ]", "1:<a><#><|><'><b=c><--x=y><]>\n");
	PARSES(t, "a b!c %@+,:./-_^", "1:<a><b!c><%@+,:./-_^>\n");
}

static void lists(struct test *t)
{
	PARSES(t, "a&&b c || d", "1:<a>&&<b><c>||<d>\n");
	PARSES(t, "a &&\n\n # why\n b\nc", "1:<a>&&<b>\n5:<c>\n");
	PARSES(t, "a \\\n b\\\nc\nd", "1:<a><bc>\n4:<d>\n");
	PARSES(t, "a \"b\\\nc\"", "1:<a><bc>\n");
	PARSES(t, "&& a", "line 1: there is no command before &&\n");
	PARSES(t, "a && || b", "line 1: there is no command before ||\n");
	PARSES(t, "a &&", "line 1: there is no command before the end of the line\n");
}

static void variables(struct test *t)
{
	PARSES(t, "A=1\na $A ${A}b $A.c \"$A\" '$A'", "1:A=<1>\n2:<a><1><1b><1.c><1><$A>\n");
	PARSES(t, "A='x  y'\na $A \"$A\" b$A", "1:A=<x  y>\n2:<a><x><y><x  y><bx><y>\n");
	PARSES(t, "A=' x '\nb a${A}b", "1:A=< x >\n2:<b><a><x><b>\n");
	PARSES(t, "a $NONE \"$NONE\" b", "1:<a><><b>\n");
	PARSES(t, "A=\nB=$A\"x y\"$A # c\nb $A$B", "1:A=<>\n2:B=<x y>\n3:<b><x><y>\n");
	PARSES(t, "A=1\nA=${A}2\nb $A", "1:A=<1>\n2:A=<12>\n3:<b><12>\n");
	PARSES(t, "A='*'\na \"$A\"\na $A",
	       "1:A=<*>\n2:<a><*>\nline 3: a pattern (* ? [) from a variable that is not in double "
	       "quotes: not in the capture script's language\n");
	/* What comes out of a variable, or stands in quotes, is neither a keyword nor an assignment. */
	PARSES(t, "A=if\n$A x\n'if' x\n\\exit\n\"A\"=2", "1:A=<if>\n2:<if><x>\n3:<if><x>\n4:<exit>\n5:<A=2>\n");
	PARSES(t, "$NONE A=2", "1:<A=2>\n");
	PARSES(t, "1A=2\nA-b=3", "1:<1A=2>\n2:<A-b=3>\n");
	PARSES(t, "A=1 b", "line 1: an assignment stands alone on its line\n");
	PARSES(t, "A=1 B=2", "line 1: an assignment stands alone on its line\n");
	PARSES(t, "A=1 && b", "line 1: an assignment stands alone on its line\n");
	PARSES(t, "b && A=1", "line 1: an assignment stands alone on its line\n");
	PARSES(t, "A= 'b'", "line 1: an assignment stands alone on its line\n");
}

/* Each construct that is refused, and its name. */
static void refused(struct test *t)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"a | b", "a pipe"},
		{"a & b", "'&'"},
		{"a ; b", "';'"},
		{"a > b", "a redirection"},
		{"a 2>&1", "a redirection"},
		{"a < b", "a redirection"},
		{"a << b", "a redirection"},
		{"( a )", "a parenthesis"},
		{"f() a", "a parenthesis"},
		{"a `b`", "a command substitution"},
		{"a \"`b`\"", "a command substitution"},
		{"a $(b)", "a command substitution $( )"},
		{"a \"$(b)\"", "a command substitution $( )"},
		{"a $((1))", "arithmetic"},
		{"a *.ko", "a pattern"},
		{"a b?", "a pattern"},
		{"a [bc]", "a pattern"},
		{"a {b,c}", "a brace"},
		{"{ a", "a brace"},
		{"a ~/b", "'~'"},
		{"! a", "'!'"},
		{"a $1", "a '$' without a variable's name"},
		{"a $?", "a '$' without a variable's name"},
		{"a $", "a '$' without a variable's name"},
		{"a $'b'", "a '$' without a variable's name"},
		{"a ${b:-c}", "a ${ } with more than a name in it"},
		{"a ${b", "a ${ } with more than a name in it"},
		{"a $b\\\nc", "a line continued right after a variable's name"},
		{"a ${#b}", "a '$' without a variable's name"},
		{"a 'b", "a single quote that is not closed"},
		{"a \"b", "a double quote that is not closed"},
		{"a 'b\nc'", "a single quote that is not closed"},
		{"a \\", "a backslash with nothing after it"},
		{"a\r", "a carriage return"},
		{"if a", "'if'"},
		{"a && while b", "'while'"},
		{"done", "'done'"},
		{"exit 1", "'exit'"},
		{"cd /", "'cd'"},
		{"export A=1", "'export'"},
		{". /x", "'.'"},
		{": x", "':'"},
		{"set -e", "'set'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got CLEANUP(free_ptr) = parse(cases[i].text, strlen(cases[i].text));

		CHECK_HAS(t, got, cases[i].name);
		CHECK_HAS(t, got, "line 1: ");
		CHECK_HAS(t, got, ": not in the capture script's language\n");
	}
}

static void going_on(struct test *t)
{
	char *zero CLEANUP(free_ptr) = parse("a \0\nb", 5);

	CHECK_STR(t, zero, "line 1: a zero byte: not in the capture script's language\n2:<b>\n");
	PARSES(t, "a | b\nc", "line 1: a pipe '|': not in the capture script's language\n2:<c>\n");
	/* The half of a wrong line is not run as a line of its own. */
	PARSES(t, "a | b && \\\n c\nd", "line 1: a pipe '|': not in the capture script's language\n3:<d>\n");
	PARSES(t, "a; b &&  \n c ||\nd\ne",
	       "line 1: ';' (one command a line, or && and ||): not in the capture script's language\n4:<e>\n");
	PARSES(t, "a \\\n b | c\nd", "line 2: a pipe '|': not in the capture script's language\n3:<d>\n");
}

static void limits(struct test *t)
{
	char text[3 * SCRIPT_BYTES];
	char *got;

	memset(text, 'a', sizeof(text));
	got = parse(text, sizeof(text));
	CHECK_STR(t, got, "line 1: longer than 255 words or 8191 bytes\n");
	free(got);
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = ' ';
	got = parse(text, sizeof(text));
	CHECK_STR(t, got, "line 1: longer than 255 words or 8191 bytes\n");
	free(got);
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "a&&", 3);
	got = parse(text, 33 * 3);
	CHECK_STR(t, got, "line 1: more than 32 commands\n");
	free(got);
	got = parse(text, 32 * 3 - 2);
	CHECK_HAS(t, got, "1:<a>&&<a>");
	free(got);
}

/* The words of a script, as /bin/sh gives them to its commands; the caller frees. */
static char *run_shell(const char *scratch, const char *text)
{
	char path[300], command[320], buffer[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/script.sh", scratch);
	f = fopen(path, "w");
	fprintf(f, "p() { printf '<%%s>' \"$@\"; echo; }\nq() { p \"$@\"; false; }\n%s", text);
	fclose(f);
	snprintf(command, sizeof(command), "cd / && env -i sh %s", path);
	f = popen(command, "r");
	n = fread(buffer, 1, sizeof(buffer) - 1, f);
	buffer[n] = 0;
	pclose(f);
	return strdup(buffer);
}

/* The same by our parser: p prints its arguments and succeeds, q prints them and fails. */
static char *run_ours(const char *text)
{
	struct variables variables = {.count = 0};
	struct script script = {.text = span_of(text, strlen(text)), .lookup = lookup, .context = &variables};
	struct script_line line;
	struct error e;
	char *result = NULL;
	size_t length;
	FILE *out = open_memstream(&result, &length);

	while (script_next(&script, &line, &e) > 0) {
		int status = 0;

		if (line.kind == SCRIPT_ASSIGNMENT)
			assign(&variables, &line);
		for (size_t i = 0; line.kind == SCRIPT_LIST && i < line.count; i++) {
			const struct script_command *c = &line.commands[i];

			if ((c->join == SCRIPT_AND && status) || (c->join == SCRIPT_OR && !status))
				continue;
			for (int k = 1; k < c->argc; k++)
				fprintf(out, "<%s>", c->argv[k]);
			fputs(c->argc == 1 ? "<>\n" : "\n", out);
			status = strcmp(c->argv[0], "q") == 0;
		}
	}
	fclose(out);
	return result;
}

static void same_as_shell(struct test *t)
{
	static const char text[] = "# a comment with 'quotes' and a backslash \\\n"
				   "A=one\nB='two  words'\nC=\"$A and $B\"\nD=\nE=' x '\nF=$B\n"
				   "p $A ${A} \"${A}\" '$A' \\$A $A$A ${A}b a$A\n"
				   "p $B \"$B\" $C \"$C\" $F x$B\"y\"$B\n"
				   "p $D \"$D\" $D$D a${D}b $NONE \"$NONE\"\n"
				   "p a${E}b $E \"$E\"\n"
				   "p 'a\\b' \"a\\b\" \"a\\\\b\" a\\b \"\\$A \\\" \\`\" 'it'\\''s'\n"
				   "p \"\" '' x'' ''\"\" a#b a=b ] !x x! % @ + , : . / - _ ^ ==\n"
				   "p a && p b || p c && p d\nq a || p b && q c || q d || p e\n"
				   "q a && p b\np a &&\n # comment\n\n  p b || p c\n"
				   "p $NONE#x ${A}\\\nb\np one\\\ntwo \"three\\\nfour\" \\\n  five # six\n"
				   "p \t a  \t b\t\n   p c\n$NONE p x\n";
	char *shell CLEANUP(free_ptr) = run_shell(t->scratch, text);
	char *ours CLEANUP(free_ptr) = run_ours(text);

	CHECK(t, strlen(ours) > 200);
	CHECK_STR(t, ours, shell);
}

void suite_capture_script(struct test *t)
{
	test_run(t, "words and quotes", words);
	test_run(t, "&& and ||, lines that go on", lists);
	test_run(t, "variables and assignments", variables);
	test_run(t, "each refused construct is named", refused);
	test_run(t, "a wrong line does not stop the others", going_on);
	test_run(t, "lines that are too long", limits);
	test_run(t, "/bin/sh does the same", same_as_shell);
}
