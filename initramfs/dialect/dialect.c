#include "dialect/dialect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/conf.h"
#include "fmt/shellvars.h"
#include "text/suggest.h"
#include "text/word.h"

const struct dialect *const dialects[] = {&dialect_kdump, &dialect_suse, &dialect_debian, &dialect_lkcd, NULL};

enum { ROWS_MAX = 96 };

int dialect_find(const char *name, const struct dialect **dialect, struct error *e)
{
	error_set(e, EINVAL, "unknown dialect '%.32s'; the dialects are:", name);
	for (const struct dialect *const *d = dialects; *d; d++) {
		if (strcmp((*d)->name, name) == 0) {
			*e = (struct error){.code = 0};
			*dialect = *d;
			return 0;
		}
		error_hint(e, "%-8s %s", (*d)->name, (*d)->help);
	}
	return -EINVAL;
}

static const struct option_row *find_row(const struct dialect *d, const char *name)
{
	for (size_t i = 0; i < d->nr_rows; i++)
		if (strcmp(d->rows[i].name, name) == 0)
			return &d->rows[i];
	return NULL;
}

/* --- recognising a dialect --- */

static const char remedy[] = "name its dialect with --dialect: kdump (Red Hat's kdump.conf, and crashbox.conf), suse "
			     "(/etc/sysconfig/kdump), debian (/etc/default/kdump-tools), lkcd (/etc/sysconfig/dump)";

static bool is_name(uint8_t c, bool first)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (!first && c >= '0' && c <= '9');
}

/*
 * Whether the first line that is no comment is an assignment. Returns -1 where there is no such line. A line that no
 * reader would take is left to the reader of kdump.conf, which says what is wrong with it.
 */
static int is_shell(struct span text, const char *file)
{
	struct conf_reader reader = {.text = text, .file = file};
	struct conf_option option;
	struct error e;
	int status = conf_next(&reader, &option, &e);
	size_t i = 0;

	if (status <= 0)
		return status == 0 ? -1 : 0;
	if (word_is(option.name, "export"))
		return 1;
	while (i < option.name.size && is_name(option.name.data[i], i == 0))
		i++;
	return i && i < option.name.size && option.name.data[i] == '=';
}

/* How many variables of each dialect a text has. */
static int count_names(struct span text, const char *file, unsigned *counts, struct error *e)
{
	struct shellvars_reader reader = {.text = text, .file = file};
	struct shellvar *var CLEANUP(free_ptr) = malloc(sizeof(*var));
	int status;

	if (!var)
		return error_set(e, ENOMEM, "out of memory");
	while ((status = shellvars_next(&reader, var, e)) > 0)
		for (size_t i = 0; dialects[i]; i++)
			counts[i] += dialects[i]->shell && find_row(dialects[i], var->name);
	return status;
}

int dialect_recognise(struct span text, const char *file, const struct dialect **dialect, struct error *e)
{
	unsigned counts[sizeof(dialects) / sizeof(dialects[0])] = {0};
	const struct dialect *best = NULL, *other = NULL;
	int shell = is_shell(text, file);

	if (shell < 0) {
		error_set(e, EINVAL, "%s: the file contains no option", file);
		return error_hint(e, "write one, such as: ext4 UUID=...; or %s", remedy);
	}
	*dialect = &dialect_kdump;
	if (shell == 0)
		return 0;
	if (count_names(text, file, counts, e) < 0)
		return -e->code;
	for (size_t i = 0; dialects[i]; i++) {
		if (counts[i] && best)
			other = dialects[i];
		if (counts[i] && !best)
			best = dialects[i];
	}
	if (other) {
		error_set(e, EINVAL, "%s: the file has variables of two dialects, %s and %s", file, best->name,
			  other->name);
		return error_hint(e, "remove those that do not belong there, or %s", remedy);
	}
	if (!best) {
		error_set(e, EINVAL, "%s: no variable of a known dialect is set in this file", file);
		return error_hint(e, "%s", remedy);
	}
	*dialect = best;
	return 0;
}

/* --- one option --- */

static int unknown(const struct dialect *d, const struct setting *s, struct error *e)
{
	const char *nearest = NULL;

	error_set(e, EINVAL, "%s: unknown option '%.64s'", s->where, s->name);
	for (size_t i = 0; i < d->nr_rows; i++)
		if (suggest_near(s->name, d->rows[i].name) &&
		    (!nearest || suggest_distance(s->name, d->rows[i].name) < suggest_distance(s->name, nearest)))
			nearest = d->rows[i].name;
	if (nearest)
		return error_hint(e, "did you mean '%s'?", nearest);
	return error_hint(e, "crashbox.conf(5) lists the options; the file is read as the dialect %s", d->name);
}

/* Whether a value is among those of the row. */
static bool is_value(const char *values, const char *value)
{
	size_t length = strlen(value);

	if (strcmp(values, "#") == 0)
		return value[strspn(value, "0123456789")] == 0;
	for (const char *p = values; *p; p += strcspn(p, "|") + (p[strcspn(p, "|")] == '|'))
		if (strcspn(p, "|") == length && memcmp(p, value, length) == 0)
			return true;
	return false;
}

static int take_member(struct plan *plan, const struct option_row *row, const struct setting *s, struct error *e)
{
	void *member = (char *)plan + row->member;

	switch (row->type) {
	case SETTING_BOOL:
		return setting_bool(s, member, e);
	case SETTING_NUMBER:
		return setting_number(s, row->least, row->most, row->what, member, e);
	case SETTING_TEXT:
		return setting_text(member, s, e);
	case SETTING_HOOK:
		return setting_hook(plan, member, s, e);
	case SETTING_ACTION:
		return setting_action(member, s, e);
	default:
		return setting_file(member, s, e);
	}
}

static int refuse_remote(const struct dialect *d, const struct option_row *row, const struct setting *s,
			 struct error *e)
{
	bool login = strcmp(row->scheme, "ssh") == 0;
	struct remote remote;
	const char *wrong =
		login ? remote_from_login(&remote, s->value) : remote_from_mount(&remote, row->scheme, s->value);

	return setting_remote(s, &remote, wrong, d->remedy, e);
}

static int apply(struct plan *plan, const struct dialect *d, const struct option_row *row, const struct setting *s,
		 struct error *e)
{
	if (row->quiet && is_value(row->quiet, s->value))
		return 0;
	if (row->values && !is_value(row->values, s->value))
		return error_set(e, EINVAL, "%s: %s %.64s: write %s", s->where, s->name, s->value,
				 row->values[0] == '#' ? "a number" : row->values);
	if (row->refused)
		return setting_bad(s, e, row->refused);
	if (row->type)
		return take_member(plan, row, s, e);
	if (row->scheme)
		return refuse_remote(d, row, s, e);
	if (row->take)
		return row->take(plan, s, e);
	setting_note(s, "is ignored: %s", row->ignored);
	return 0;
}

/* --- option value --- */

/* seen: the line of each option so far, or 0. */
static int take_line(struct plan *plan, const struct dialect *d, const struct setting *s, int *seen, int number,
		     struct error *e)
{
	const struct option_row *row = find_row(d, s->name);
	int *first;

	if (!row)
		return unknown(d, s, e);
	if (row->refused)
		return apply(plan, d, row, s, e);
	if (s->value[0] == 0)
		return error_set(e, EINVAL, "%s: option '%s' needs a value", s->where, s->name);
	first = &seen[(row->same ? find_row(d, row->same) : row) - d->rows];
	if (*first && !row->repeats)
		return error_set(e, EINVAL, "%s: '%s' is already given in line %d; remove one of them", s->where,
				 s->name, *first);
	*first = number;
	return apply(plan, d, row, s, e);
}

static int read_lines(struct plan *plan, const struct dialect *d, struct conf_reader *reader, const struct log *log,
		      struct error *e)
{
	char name[80], value[CONF_LINE_MAX + 1], where[256];
	struct setting setting = {.name = name, .value = value, .where = where, .log = log};
	int seen[ROWS_MAX] = {0}, status;
	struct conf_option option;

	while ((status = conf_next(reader, &option, e)) > 0) {
		snprintf(name, sizeof(name), "%.*s", (int)option.name.size, (const char *)option.name.data);
		snprintf(value, sizeof(value), "%.*s", (int)option.value.size, (const char *)option.value.data);
		snprintf(where, sizeof(where), "%.200s:%d", reader->file, option.line);
		status = take_line(plan, d, &setting, seen, option.line, e);
		if (status < 0)
			return status;
	}
	return status;
}

/* --- NAME=value --- */

/* The last value of each row, as the shell would set it. */
struct found {
	char *value;
	int line;
};

static char *trimmed(const char *value)
{
	size_t length;

	value += strspn(value, " \t\n");
	length = strlen(value);
	while (length && strchr(" \t\n", value[length - 1]))
		length--;
	return strndup(value, length);
}

static int collect(const struct dialect *d, struct found *found, struct span text, const char *file,
		   const struct log *log, struct error *e)
{
	struct shellvars_reader reader = {.text = text, .file = file};
	struct shellvar *var CLEANUP(free_ptr) = malloc(sizeof(*var));
	char where[256];
	int status;

	if (!var)
		return error_set(e, ENOMEM, "out of memory");
	while ((status = shellvars_next(&reader, var, e)) > 0) {
		const struct option_row *row = find_row(d, var->name);
		const struct setting setting = {.name = var->name, .value = var->value, .where = where, .log = log};
		struct found *f = &found[row ? row - d->rows : 0];

		snprintf(where, sizeof(where), "%.200s:%d", file, var->line);
		if (!row)
			return unknown(d, &setting, e);
		if (f->value)
			setting_note(&setting, "replaces the value from line %d", f->line);
		free(f->value);
		*f = (struct found){.value = trimmed(var->value), .line = var->line};
		if (!f->value)
			return error_set(e, ENOMEM, "out of memory");
	}
	return status;
}

/* In the table's order, so that one option may refine what another has set, wherever it stands. */
static int apply_found(struct plan *plan, const struct dialect *d, const struct found *found, const char *file,
		       const struct log *log, struct error *e)
{
	char where[256];

	for (size_t i = 0; i < d->nr_rows; i++) {
		const struct setting setting = {
			.name = d->rows[i].name, .value = found[i].value, .where = where, .log = log};

		if (!found[i].value || !found[i].value[0])
			continue;
		snprintf(where, sizeof(where), "%.200s:%d", file, found[i].line);
		if (apply(plan, d, &d->rows[i], &setting, e) < 0)
			return -e->code;
	}
	return 0;
}

static int read_variables(struct plan *plan, const struct dialect *d, struct span text, const char *file,
			  const struct log *log, struct error *e)
{
	struct found found[ROWS_MAX] = {{0}};
	int status = collect(d, found, text, file, log, e);

	if (status == 0)
		status = apply_found(plan, d, found, file, log, e);
	for (size_t i = 0; i < ROWS_MAX; i++)
		free(found[i].value);
	return status;
}

int plan_parse(struct plan *plan, const struct dialect *d, struct span text, const char *file, const struct log *log,
	       struct error *e)
{
	const char *slash = strrchr(file, '/');
	struct conf_reader reader = {.text = text, .file = file};

	plan_init(plan);
	snprintf(plan->source, sizeof(plan->source), "%s", slash ? slash + 1 : file);
	if (!d && dialect_recognise(text, file, &d, e) < 0)
		return -e->code;
	if (d->defaults)
		d->defaults(plan);
	if (d->shell)
		return read_variables(plan, d, text, file, log, e);
	return read_lines(plan, d, &reader, log, e);
}
