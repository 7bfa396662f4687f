#include "fmt/capture_script.h"

#include <errno.h>
#include <string.h>

/* The state while a line is read. c() and next() give -1 at the end of the text. */
struct reader {
	struct script *script;
	struct script_line *line;
	struct error *e;
	size_t at, start;     /* in the script's text */
	unsigned line_number; /* of at */
	bool in_word;         /* a word has begun (it may be empty, when it was quoted) */
	bool quoted;          /* part of it was quoted or expanded: not a keyword or an assignment's name */
	bool later;           /* not the first word of its command, in the text */
	bool assigning;       /* after the '=' of a first word: not split into words */
	size_t equals;        /* where in the bytes that '=' is */
	size_t word;          /* where in the bytes the word begins */
};

static int peek(const struct reader *r, size_t ahead)
{
	struct span text = r->script->text;

	return r->at + ahead < text.size ? text.data[r->at + ahead] : -1;
}

static bool is_name_start(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(int c)
{
	return is_name_start(c) || (c >= '0' && c <= '9');
}

static int refuse(struct reader *r, const char *what)
{
	return error_set(r->e, EINVAL, "line %u: %s: not in the capture script's language", r->line_number, what);
}

static int too_long(struct reader *r)
{
	return error_set(r->e, E2BIG, "line %u: longer than %d words or %d bytes", r->line_number, SCRIPT_WORDS - 1,
			 SCRIPT_BYTES - 1);
}

static int put(struct reader *r, int c)
{
	struct script_line *line = r->line;

	if (line->used_bytes + 1 >= SCRIPT_BYTES)
		return too_long(r);
	if (!r->in_word)
		r->word = line->used_bytes;
	r->in_word = true;
	line->bytes[line->used_bytes++] = (char)c;
	return 0;
}

/* An empty word counts if it has quotes. */
static void begin_quoted(struct reader *r)
{
	if (!r->in_word)
		r->word = r->line->used_bytes;
	r->in_word = r->quoted = true;
}

static struct script_command *command(struct reader *r)
{
	return &r->line->commands[r->line->count];
}

/* A keyword, or a command that every shell has built in and that has no meaning here. */
static int check_command_name(struct reader *r, const char *word)
{
	static const char names[][9] = {
		"if",      "then",  "else",   "elif",    "fi",       "do",       "done",     "case", "esac",   "for",
		"while",   "until", "select", "time",    "coproc",   "in",       "function", ".",    ":",      "alias",
		"bg",      "break", "cd",     "command", "continue", "eval",     "exec",     "exit", "export", "fg",
		"getopts", "hash",  "jobs",   "local",   "read",     "readonly", "return",   "set",  "shift",  "source",
		"trap",    "type",  "ulimit", "umask",   "unalias",  "unset",    "wait"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], word) == 0)
			return error_set(r->e, EINVAL, "line %u: '%s': not in the capture script's language",
					 r->line_number, word);
	return 0;
}

/* Ends a word, if there is one, and adds it to the command. */
static int end_word(struct reader *r)
{
	struct script_line *line = r->line;
	struct script_command *c = command(r);

	if (!r->in_word)
		return 0;
	/* One place is kept for the NULL after the last. */
	if (line->used_words + 2 > SCRIPT_WORDS || line->used_bytes + 1 >= SCRIPT_BYTES)
		return too_long(r);
	line->bytes[line->used_bytes++] = 0;
	if (c->argc == 0)
		c->argv = &line->words[line->used_words];
	line->words[line->used_words++] = line->bytes + r->word;
	c->argc++;
	r->in_word = false;
	return r->later || r->quoted ? 0 : check_command_name(r, line->bytes + r->word);
}

/* An unquoted value is split at blanks, as every shell does; in an assignment it is not. */
static int put_value(struct reader *r, const char *value, bool quoted)
{
	int result = 0;

	for (const char *p = value; *p && result == 0; p++) {
		if (!quoted && !r->assigning && strchr(" \t\n", *p))
			result = end_word(r);
		else if (!quoted && !r->assigning && strchr("*?[", *p))
			return refuse(r, "a pattern (* ? [) from a variable that is not in double quotes");
		else
			result = put(r, *p);
	}
	return result;
}

/* $NAME and ${NAME}, from the '$' on. */
static int expand(struct reader *r, bool quoted)
{
	bool braces = peek(r, 1) == '{';
	size_t from = r->at + 1 + braces, length = 0;
	const char *value;
	char name[64];

	if (peek(r, 1) == '(')
		return refuse(r, peek(r, 2) == '(' ? "arithmetic $(( ))" : "a command substitution $( )");
	if (!is_name_start(peek(r, 1 + braces)))
		return refuse(r, "a '$' without a variable's name after it");
	while (is_name(peek(r, 1 + braces + length)))
		length++;
	if (length >= sizeof(name))
		return refuse(r, "a variable's name longer than 63 letters");
	if (braces && peek(r, 2 + length) != '}')
		return refuse(r, "a ${ } with more than a name in it");
	/* A shell joins the lines first and would read a longer name. */
	if (!braces && peek(r, 1 + length) == '\\' && peek(r, 2 + length) == '\n')
		return refuse(r, "a line continued right after a variable's name (use ${NAME})");
	memcpy(name, r->script->text.data + from, length);
	name[length] = 0;
	r->at = from + length + braces;
	value = r->script->lookup ? r->script->lookup(r->script->context, name) : NULL;
	return value ? put_value(r, value, quoted) : 0;
}

static int single_quotes(struct reader *r)
{
	begin_quoted(r);
	for (r->at++; peek(r, 0) != '\''; r->at++) {
		int c = peek(r, 0), result;

		if (c < 0 || c == '\n')
			return refuse(r, "a single quote that is not closed on its line");
		if (c == 0)
			return refuse(r, "a zero byte");
		result = put(r, c);
		if (result < 0)
			return result;
	}
	r->at++;
	return 0;
}

/* Inside double quotes a backslash is special only before $ ` " \ and a newline. */
static int double_quotes(struct reader *r)
{
	begin_quoted(r);
	r->at++;
	for (;;) {
		int c = peek(r, 0), next = peek(r, 1), result = 0;

		if (c == '"')
			break;
		if (c < 0 || c == '\n')
			return refuse(r, "a double quote that is not closed on its line");
		if (c == 0)
			return refuse(r, "a zero byte");
		if (c == '`')
			return refuse(r, "a command substitution ` `");
		if (c == '$') {
			result = expand(r, true);
		} else if (c == '\\' && next == '\n') {
			r->at += 2;
			r->line_number++;
		} else if (c == '\\' && next > 0 && strchr("$`\"\\", next)) {
			result = put(r, next);
			r->at += 2;
		} else {
			result = put(r, c);
			r->at++;
		}
		if (result < 0)
			return result;
	}
	r->at++;
	return 0;
}

static int backslash(struct reader *r)
{
	int next = peek(r, 1);

	if (next == '\n') {
		r->at += 2;
		r->line_number++;
		return 0;
	}
	if (next <= 0)
		return refuse(r, "a backslash with nothing after it");
	begin_quoted(r);
	r->at += 2;
	return put(r, next);
}

/* The name of a byte that is special to a shell outside of quotes, or NULL. */
static const char *refused(const struct reader *r, int c)
{
	switch (c) {
	case '|':
		return "a pipe '|'";
	case '&':
		return "'&' (a command in the background)";
	case ';':
		return "';' (one command a line, or && and ||)";
	case '<':
	case '>':
		return "a redirection";
	case '(':
	case ')':
		return "a parenthesis";
	case '`':
		return "a command substitution ` `";
	case '*':
	case '?':
	case '[':
		return "a pattern (* ? [) outside of quotes";
	case '{':
	case '}':
		return "a brace outside of quotes";
	case '~':
		/* Shells expand it only at the start of a word and after an assignment's '=' or ':'; "never" is easier
		 * to remember. */
		return "'~' outside of quotes";
	case '!':
		return r->in_word || r->later ? NULL : "'!'";
	case '\r':
		return "a carriage return (does the file have DOS line ends?)";
	case 0:
		return "a zero byte";
	default:
		return NULL;
	}
}

/* One letter outside of quotes that belongs to a word. */
static int plain(struct reader *r, int c)
{
	const char *what = refused(r, c);
	struct script_line *line = r->line;
	size_t length = r->in_word ? line->used_bytes - r->word : 0;

	if (what)
		return refuse(r, what);
	/* NAME= at the start of a command: nothing quoted or expanded in the name. */
	if (c == '=' && !r->later && !r->assigning && !r->quoted && length && is_name_start(line->bytes[r->word])) {
		bool name = true;

		for (size_t i = 0; i < length; i++)
			name = name && is_name(line->bytes[r->word + i]);
		if (name) {
			r->assigning = true;
			r->equals = line->used_bytes;
		}
	}
	r->at++;
	return put(r, c);
}

/* The end of a command: by && or ||, or of the line. */
static int end_command(struct reader *r, const char *by)
{
	struct script_command *c = command(r);
	struct script_line *line = r->line;
	int result;

	if (r->assigning)
		return error_set(r->e, EINVAL, "line %u: an assignment stands alone on its line", r->line_number);
	result = end_word(r);
	if (result < 0)
		return result;
	if (c->argc == 0)
		return error_set(r->e, EINVAL, "line %u: there is no command before %s", r->line_number, by);
	line->words[line->used_words++] = NULL;
	line->count++;
	return 0;
}

/* Blanks, newlines and comments after && and ||: the next line continues this one. */
static void skip_to_command(struct reader *r)
{
	for (;;) {
		int c = peek(r, 0);

		if (c == '#')
			while (peek(r, 0) >= 0 && peek(r, 0) != '\n')
				r->at++;
		else if (c == '\\' && peek(r, 1) == '\n')
			r->at++;
		else if (c != ' ' && c != '\t' && c != '\n')
			return;
		if (peek(r, 0) == '\n')
			r->line_number++;
		if (peek(r, 0) >= 0)
			r->at++;
	}
}

static int join(struct reader *r, enum script_join kind)
{
	int result = end_command(r, kind == SCRIPT_AND ? "&&" : "||");

	if (result < 0)
		return result;
	if (r->line->count == SCRIPT_COMMANDS)
		return error_set(r->e, E2BIG, "line %u: more than %d commands", r->line_number, SCRIPT_COMMANDS);
	*command(r) = (struct script_command){.join = kind};
	r->later = r->quoted = false;
	r->at += 2;
	skip_to_command(r);
	return 0;
}

/* One step through the line. Returns 1 to go on, 0 at its end, negative for an error. */
static int step(struct reader *r)
{
	int c = peek(r, 0), result;

	if (c < 0 || c == '\n')
		return 0;
	if (c == ' ' || c == '\t') {
		bool word = r->in_word || r->quoted;

		result = end_word(r);
		r->later = r->later || word;
		r->quoted = false;
		r->at++;
	} else if (r->assigning && !r->in_word && c != '#' && !(c == '\\' && peek(r, 1) == '\n')) {
		return error_set(r->e, EINVAL, "line %u: an assignment stands alone on its line", r->line_number);
	} else if (c == '#' && !r->in_word && !r->quoted) {
		while (peek(r, 0) >= 0 && peek(r, 0) != '\n')
			r->at++;
		result = 0;
	} else if ((c == '&' || c == '|') && peek(r, 1) == c) {
		result = join(r, c == '&' ? SCRIPT_AND : SCRIPT_OR);
	} else if (c == '\'') {
		result = single_quotes(r);
	} else if (c == '"') {
		result = double_quotes(r);
	} else if (c == '\\') {
		result = backslash(r);
	} else if (c == '$') {
		r->quoted = true;
		result = expand(r, false);
	} else {
		result = plain(r, c);
	}
	return result < 0 ? result : 1;
}

static int finish(struct reader *r)
{
	struct script_line *line = r->line;

	if (r->assigning && line->count == 0) {
		if (r->in_word)
			line->bytes[line->used_bytes] = 0;
		line->kind = SCRIPT_ASSIGNMENT;
		line->bytes[r->equals] = 0;
		line->name = line->bytes;
		line->value = line->bytes + r->equals + 1;
		return 1;
	}
	return end_command(r, "the end of the line") < 0 ? -r->e->code : 1;
}

/* Whether the next line continues the one that ends here: it ends in a backslash, && or ||. */
static bool continues(const struct reader *r)
{
	const uint8_t *data = r->script->text.data;
	size_t at = r->at;

	if (at > r->start && data[at - 1] == '\\')
		return true;
	while (at > r->start && (data[at - 1] == ' ' || data[at - 1] == '\t' || data[at - 1] == '\r'))
		at--;
	return at >= r->start + 2 && data[at - 1] == data[at - 2] && (data[at - 1] == '&' || data[at - 1] == '|');
}

/* After an error: skips the rest of the line and its continuation lines, so that no half of a command runs. */
static void skip_line(struct reader *r)
{
	while (peek(r, 0) >= 0 && (peek(r, 0) != '\n' || continues(r))) {
		r->line_number += peek(r, 0) == '\n';
		r->at++;
	}
}

int script_next(struct script *script, struct script_line *line, struct error *e)
{
	struct reader r = {
		.script = script, .line = line, .e = e, .at = script->offset, .line_number = script->line + 1};
	int result = 1;

	skip_to_command(&r);
	line->kind = SCRIPT_LIST;
	line->number = r.line_number;
	line->count = line->used_words = line->used_bytes = 0;
	line->commands[0] = (struct script_command){.join = SCRIPT_FIRST};
	r.start = r.at;
	if (peek(&r, 0) < 0)
		return 0;
	while (result > 0)
		result = step(&r);
	if (result == 0)
		result = finish(&r);
	if (result < 0)
		skip_line(&r);
	line->text = span_part(script->text, r.start, r.at - r.start);
	script->offset = r.at;
	script->line = r.line_number - 1;
	return result;
}
