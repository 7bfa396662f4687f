#include "fmt/shellvars.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static int peek(const struct shellvars_reader *r)
{
	return r->offset < r->text.size ? r->text.data[r->offset] : -1;
}

static int take(struct shellvars_reader *r)
{
	int c = peek(r);

	if (c >= 0)
		r->offset++;
	if (c == '\n')
		r->line++;
	return c;
}

/* A carriage return at a line's end counts as a blank: the file was written elsewhere. */
static bool is_blank(const struct shellvars_reader *r)
{
	int c = peek(r);
	size_t next = r->offset + 1;

	return c == ' ' || c == '\t' ||
	       (c == '\r' && (next >= r->text.size || r->text.data[next] == '\n' || r->text.data[next] == '\r'));
}

static bool is_name(int c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static int wrong(const struct shellvars_reader *r, int line, struct error *e, const char *what)
{
	return error_set(e, EINVAL, "%s:%d: %s", r->file, line, what);
}

/* Skips blanks, empty lines, comments, and what ends a command. */
static void skip_between(struct shellvars_reader *r)
{
	for (;;) {
		if (is_blank(r) || peek(r) == '\n' || peek(r) == ';') {
			take(r);
		} else if (peek(r) == '#') {
			while (peek(r) >= 0 && peek(r) != '\n')
				take(r);
		} else {
			return;
		}
	}
}

static int take_name(struct shellvars_reader *r, struct shellvar *var, struct error *e)
{
	size_t length = 0;

	while (is_name(peek(r), length == 0) && length < SHELLVARS_NAME_MAX)
		var->name[length++] = (char)take(r);
	var->name[length] = 0;
	if (peek(r) == '=' && length) {
		take(r);
		return 1;
	}
	/* "export NAME=value" */
	if (length == 6 && is_blank(r) && memcmp(var->name, "export", 6) == 0) {
		while (is_blank(r))
			take(r);
		return 0;
	}
	return wrong(r, var->line, e,
		     is_name(peek(r), false) && length == SHELLVARS_NAME_MAX
			     ? "the name is longer than 63 bytes"
			     : "this is no NAME=value; only such lines are read, nothing is run");
}

static const char *const expands = "a shell would put something else here for '$' or '`'; write the value itself, or "
				   "put '...' around it";

/* The byte after a backslash; -1 for a newline, which is dropped; -2 if the backslash stays. */
static int take_escaped(struct shellvars_reader *r, bool quoted)
{
	int c = peek(r);

	if (c < 0)
		return -2;
	if (quoted && c != '$' && c != '`' && c != '"' && c != '\\' && c != '\n')
		return -2;
	take(r);
	return c == '\n' ? -1 : c;
}

/* Whether an unquoted byte ends the value. */
static bool ends(const struct shellvars_reader *r)
{
	return peek(r) < 0 || is_blank(r) || peek(r) == '\n' || peek(r) == ';';
}

struct value {
	struct shellvar *var;
	size_t length;
	int quote; /* the quote that is open, or 0 */
};

static int add(const struct shellvars_reader *r, struct value *v, int c, struct error *e)
{
	if ((c < 32 && c != '\t' && c != '\n') || c == 127)
		return error_set(e, EINVAL, "%s:%d: %s holds a control character (byte 0x%02x)", r->file,
				 r->line + (c != '\n'), v->var->name, c);
	if (v->length == SHELLVARS_VALUE_MAX)
		return error_set(e, EINVAL, "%s:%d: %s is longer than %d bytes", r->file, v->var->line, v->var->name,
				 SHELLVARS_VALUE_MAX);
	v->var->value[v->length++] = (char)c;
	return 0;
}

/* One byte of the value, as the shell sees it. Returns 0 or -EINVAL. */
static int take_byte(struct shellvars_reader *r, struct value *v, struct error *e)
{
	int line = r->line + 1, c = take(r);

	if (v->quote && c == v->quote) {
		v->quote = 0;
		return 0;
	}
	if (v->quote == '\'')
		return add(r, v, c, e);
	if (!v->quote && (c == '\'' || c == '"')) {
		v->quote = c;
		return 0;
	}
	if (c == '\\') {
		c = take_escaped(r, v->quote != 0);
		return c == -1 ? 0 : add(r, v, c == -2 ? '\\' : c, e);
	}
	if (c == '$' || c == '`')
		return wrong(r, line, e, expands);
	if (!v->quote && (c == '&' || c == '|' || c == '<' || c == '>' || c == '(' || c == ')'))
		return wrong(r, line, e, "only NAME=value is read here, nothing is run; put quotes around the value");
	if (!v->quote && c == '~' && v->length == 0)
		return wrong(r, line, e, "a shell would put a directory for '~'; write the directory itself");
	return add(r, v, c, e);
}

static int take_value(struct shellvars_reader *r, struct shellvar *var, struct error *e)
{
	struct value v = {.var = var};

	while (v.quote ? peek(r) >= 0 : !ends(r))
		if (take_byte(r, &v, e) < 0)
			return -e->code;
	if (v.quote)
		return error_set(e, EINVAL, "%s:%d: the quote %c after %s= is not closed", r->file, var->line, v.quote,
				 var->name);
	var->value[v.length] = 0;
	return 1;
}

int shellvars_next(struct shellvars_reader *r, struct shellvar *var, struct error *e)
{
	int status = 0;

	while (status == 0) {
		skip_between(r);
		if (peek(r) < 0)
			return 0;
		var->line = r->line + 1;
		status = take_name(r, var, e);
	}
	return status < 0 ? status : take_value(r, var, e);
}
