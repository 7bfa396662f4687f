/*
 * Configurations of the four dialects: what is shipped, and what is shipped with each option changed in turn, against
 * the tables in tests/dialects.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dialect/dialect.h"
#include "host/key_files.h"
#include "plan/show_config.h"
#include "sys/file.h"
#include "unit/initramfs/plans.h"

enum { FILE_MAX = 1 << 20, ROW_TEXT = 512 };

/* A dialect's files, and what the sample gives as it is. */
struct sample {
	const struct dialect *dialect;
	char file[32]; /* its name in messages */
	char *text, *plan, *table;
	size_t size;
	struct kept notes;
};

/* A row of a table: the option's line, and what comes of it, one after the other. */
struct row {
	char line[ROW_TEXT], name[64];
	char minus[ROW_TEXT * 4], plus[ROW_TEXT * 4], note[ROW_TEXT * 4], error[ROW_TEXT];
};

/* --- lists of lines --- */

static void add_line(char *list, const char *line)
{
	strcat(strcat(list, line), "\n");
}

/* Takes a line out of a list. Returns whether it was there. */
static bool drop_line(char *list, const char *line)
{
	size_t length = strlen(line);

	for (char *p = list; *p; p += strcspn(p, "\n") + 1) {
		if (strcspn(p, "\n") != length || memcmp(p, line, length) != 0)
			continue;
		memmove(p, p + length + 1, strlen(p + length + 1) + 1);
		return true;
	}
	return false;
}

/* The next line of a list into line; NULL at the end. */
static const char *next_line(const char *p, char *line, size_t room)
{
	size_t length = strcspn(p, "\n");

	if (!*p)
		return NULL;
	snprintf(line, room, "%.*s", (int)length, p);
	return p + length + (p[length] == '\n');
}

/* --- a table --- */

static void name_of(const char *line, char name[64])
{
	snprintf(name, 64, "%.*s", (int)strcspn(line, "= "), line);
}

/* Reads the row that starts at p. Returns what follows it, or NULL at the end. */
static const char *next_row(const char *p, struct row *row)
{
	char line[ROW_TEXT];

	*row = (struct row){.line = ""};
	for (const char *next; (next = next_line(p, line, sizeof(line))); p = next) {
		if (line[0] == '#' || line[0] == 0)
			continue;
		if (!strchr("-+~!=", line[0])) {
			if (row->line[0])
				return p;
			strcpy(row->line, line);
			name_of(line, row->name);
			continue;
		}
		if (line[0] == '!')
			strcpy(row->error, line + 1);
		else if (line[0] != '=')
			add_line(line[0] == '-' ? row->minus : line[0] == '+' ? row->plus : row->note, line + 1);
	}
	return row->line[0] ? p : NULL;
}

/* --- a sample with one line changed --- */

/* Whether the line at p sets that option: with lead in front of it. */
static bool sets(const char *p, const char *lead, const char *name)
{
	size_t length = strlen(name);

	return strncmp(p, lead, strlen(lead)) == 0 && strncmp(p + strlen(lead), name, length) == 0 &&
	       strchr("= ", p[strlen(lead) + length]) && p[strlen(lead) + length];
}

/* The text with row's line in place of that which sets its option, or else switches it on, or else at the end. */
static char *changed(const char *text, const struct row *row, int *number)
{
	char *out = malloc(strlen(text) + ROW_TEXT + 2);
	const char *at = NULL;

	for (int pass = 0; out && !at && pass < 2; pass++) {
		*number = 1;
		for (const char *p = text; *p && !at; p += strcspn(p, "\n") + 1) {
			if (sets(p, pass ? "#" : "", row->name))
				at = p;
			*number += !at;
		}
	}
	if (!out)
		abort();
	if (!at)
		at = text + strlen(text);
	sprintf(out, "%.*s%s%s", (int)(at - text), text, row->line, at + strcspn(at, "\n"));
	return out;
}

/* The number of the line of text that sets the option with whose name the note begins; 0: none does. */
static int line_of(const char *text, const char *note)
{
	char name[64];
	int number = 1;

	name_of(note, name);
	for (const char *p = text; *p; p += strcspn(p, "\n") + 1, number++)
		if (sets(p, "", name))
			return number;
	return 0;
}

/* --- what comes of it --- */

static void check_error(struct test *t, const struct sample *s, const struct row *row, int number,
			const struct error *e)
{
	char where[64], part[ROW_TEXT];

	snprintf(where, sizeof(where), "/etc/%s:%d: ", s->file, number);
	test_check(t, strncmp(e->text, where, strlen(where)) == 0, e->text, row->line, number);
	for (const char *p = row->error; *p; p += strlen(part) + (p[strlen(part)] == '|')) {
		snprintf(part, sizeof(part), "%.*s", (int)strcspn(p, "|"), p);
		test_has(t, e->text, part, row->line, s->file, number);
	}
}

/* Each expected note is there, with the right line; each other is the sample's own, of another option. */
static void check_notes(struct test *t, const struct sample *s, const struct row *row, int number, const char *notes)
{
	char *left CLEANUP(free_ptr) = strdup(notes), where[64], note[ROW_TEXT], line[ROW_TEXT], own[80];

	snprintf(own, sizeof(own), ": %s ", row->name);
	for (const char *p = row->note; (p = next_line(p, note, sizeof(note)));) {
		const char *at = strstr(left, note);

		test_check(t, at, note, row->line, number);
		if (!at)
			continue;
		while (at > left && at[-1] != '\n')
			at--;
		next_line(at, line, sizeof(line));
		/* What the sample itself gives begins with the option's name: it may stand in any line. */
		if (strcmp(row->line, "*") == 0)
			number = line_of(s->text, note);
		snprintf(where, sizeof(where), "/etc/%s:%d: ", s->file, number);
		test_has(t, line, where, row->line, s->file, number);
		drop_line(left, line);
	}
	for (const char *p = left; (p = next_line(p, line, sizeof(line)));)
		test_check(t, s->notes.text[0] && strstr(s->notes.text, line) && !strstr(line, own), line, row->line,
			   number);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a list in the order of their text. */
static void sort_lines(char *list)
{
	char *copy CLEANUP(free_ptr) = strdup(list), *lines[256], *save = NULL;
	size_t count = 0;

	for (char *line = strtok_r(copy, "\n", &save); line && count < 256; line = strtok_r(NULL, "\n", &save))
		lines[count++] = line;
	qsort(lines, count, sizeof(lines[0]), by_text);
	list[0] = 0;
	for (size_t i = 0; i < count; i++)
		add_line(list, lines[i]);
}

/* The plan is the sample's, but for the row's lines. */
static void check_plan(struct test *t, const struct sample *s, const struct row *row, int number,
		       const struct plan *plan)
{
	struct buffer shown CLEANUP(buffer_deinit) = {0};
	char want[8192], line[ROW_TEXT];
	struct error e;

	CHECK_INT(t, show_config(&shown, plan, &e), 0);
	snprintf(want, sizeof(want) / 2, "%s", s->plan);
	for (const char *p = row->minus; (p = next_line(p, line, sizeof(line)));)
		test_check(t, drop_line(want, line), line, row->line, number);
	strcat(want, row->plus);
	if (row->minus[0] || row->plus[0]) {
		sort_lines(want);
		sort_lines(shown.data);
	}
	test_str(t, buffer_text(&shown), want, row->line, s->file, number);
}

static void check_row(struct test *t, const struct sample *s, const struct row *row)
{
	bool whole = strcmp(row->line, "*") == 0;
	int number = 0;
	char *text CLEANUP(free_ptr) = whole ? strdup(s->text) : changed(s->text, row, &number);
	static struct kept kept;
	struct error e = {.code = 0};
	char file[64];
	struct plan plan;

	snprintf(file, sizeof(file), "/etc/%s", s->file);
	kept_init(&kept);
	/* The samples' keys are files of this machine's. */
	if (plan_parse(&plan, NULL, span_of(text, strlen(text)), file, &kept.log, &e) < 0 ||
	    plan_read_keys(&plan, NULL, &kept.log, &e) < 0) {
		test_check(t, row->error[0], e.text, row->line, number);
		check_error(t, s, row, number, &e);
	} else {
		test_check(t, !row->error[0], row->error, row->line, number);
		check_plan(t, s, row, number, &plan);
		check_notes(t, s, row, number, kept.text);
		check_round_trip(t, &plan, row->line);
	}
	plan_deinit(&plan);
}

/* --- the four --- */

static void read_part(struct test *t, const char *path, char **text, size_t *size)
{
	struct error e = {.text = ""};

	if (file_read(path, FILE_MAX, text, size, &e) < 0) {
		test_str(t, e.text, "", path, __FILE__, __LINE__);
		*text = strdup("");
	}
}

static void check_table(struct test *t, const struct sample *s)
{
	bool seen[64] = {false};
	size_t rows = 0;
	struct row row;

	for (const char *p = s->table; (p = next_row(p, &row)); rows++) {
		check_row(t, s, &row);
		for (size_t i = 0; i < s->dialect->nr_rows; i++)
			seen[i] = seen[i] || strcmp(s->dialect->rows[i].name, row.name) == 0;
	}
	test_check(t, rows > 30, "the table has rows", s->file, 0);
	for (size_t i = 0; i < s->dialect->nr_rows; i++)
		test_check(t, seen[i], s->dialect->rows[i].name, "the table has no row for", 0);
}

/* What the sample itself gives, for the rows to be held against. */
static void read_notes(struct test *t, struct sample *s)
{
	struct plan plan;
	struct error e = {.text = ""};
	char file[64];

	snprintf(file, sizeof(file), "/etc/%s", s->file);
	kept_init(&s->notes);
	if (plan_parse(&plan, NULL, span_of(s->text, s->size), file, &s->notes.log, &e) < 0)
		test_str(t, e.text, "", s->file, __FILE__, __LINE__);
	plan_deinit(&plan);
}

static void check_dialect(struct test *t, const struct dialect *dialect, const char *path)
{
	static struct sample s;
	const struct dialect *found = NULL;
	char name[128];
	size_t size;
	struct error e = {.text = ""};

	s = (struct sample){.dialect = dialect};
	snprintf(s.file, sizeof(s.file), "%s.conf", dialect->name);
	read_part(t, path, &s.text, &s.size);
	snprintf(name, sizeof(name), "tests/dialects/%s.plan", dialect->name);
	read_part(t, name, &s.plan, &size);
	snprintf(name, sizeof(name), "tests/dialects/%s.table", dialect->name);
	read_part(t, name, &s.table, &size);
	CHECK_INT(t, dialect_recognise(span_of(s.text, s.size), path, &found, &e), 0);
	CHECK_STR(t, found ? found->name : e.text, dialect->name);
	read_notes(t, &s);
	check_table(t, &s);
	free(s.text);
	free(s.plan);
	free(s.table);
}

/* Our own file with the settings of the shipped one, and the shipped one itself where somebody put it under build. */
static void check_shipped(struct test *t, const struct dialect *dialect)
{
	char path[64];

	snprintf(path, sizeof(path), "tests/dialects/%s.conf", dialect->name);
	check_dialect(t, dialect, path);
	snprintf(path, sizeof(path), "build/dialect-samples/%s.conf", dialect->name);
	if (access(path, F_OK) == 0)
		check_dialect(t, dialect, path);
}

static void kdump(struct test *t)
{
	check_shipped(t, &dialect_kdump);
}

static void suse(struct test *t)
{
	check_shipped(t, &dialect_suse);
}

static void lkcd(struct test *t)
{
	check_shipped(t, &dialect_lkcd);
}

/* The one real file that a Debian package has: fetched once, then it lies under build. */
static void debian(struct test *t)
{
	FILE *f = popen("sh scripts/dialect-samples.sh", "r");
	char path[256] = "";

	CHECK(t, f && fgets(path, sizeof(path), f));
	if (f)
		CHECK_INT(t, pclose(f), 0);
	path[strcspn(path, "\n")] = 0;
	check_dialect(t, &dialect_debian, path);
}

/* --- whose is it? --- */

static const char *recognised(const char *text)
{
	const struct dialect *dialect;
	static struct error e;

	return dialect_recognise(span_of(text, strlen(text)), "f", &dialect, &e) < 0 ? e.text : dialect->name;
}

static void recognise(struct test *t)
{
	const struct dialect *dialect;
	struct error e;

	CHECK_STR(t, recognised("# x=y\n\npath /var/crash\n"), "kdump");
	CHECK_STR(t, recognised("ext5 UUID=1\n"), "kdump");
	CHECK_STR(t, recognised("KDUMP_SAVEDIR=/x\n"), "suse");
	CHECK_STR(t, recognised("export USE_KDUMP=1\n"), "debian");
	CHECK_STR(t, recognised("MY_OWN=1\nDUMPDIR=/x"), "lkcd");
	CHECK_HAS(t, recognised(""), "f: the file contains no option\n");
	CHECK_HAS(t, recognised("# nothing\n"), "--dialect");
	CHECK_HAS(t, recognised("A=1\nB=2\n"),
		  "f: no variable of a known dialect is set in this file\nname its dialect");
	CHECK_HAS(t, recognised("USE_KDUMP=1\nDUMPDIR=/x\n"),
		  "f: the file has variables of two dialects, debian and lkcd\n");
	CHECK_HAS(t, recognised("USE_KDUMP=1\nDUMPDIR=/x\n"), "--dialect");
	CHECK_HAS(t, recognised("USE_KDUMP=1\nreboot -f\n"), "f:2: this is no NAME=value");
	CHECK_INT(t, dialect_find("lkcd", &dialect, &e), 0);
	CHECK(t, dialect == &dialect_lkcd);
	CHECK_INT(t, dialect_find("redhat", &dialect, &e), -EINVAL);
	CHECK_HAS(t, e.text, "unknown dialect 'redhat'; the dialects are:\nkdump ");
	CHECK_HAS(t, e.text, "\nlkcd ");
}

/* A variable that is set twice has its last value, as in a shell; the order of different ones does not count. */
static void order(struct test *t)
{
	static const char text[] = "DUMP_LEVEL=8\nDUMP_COMPRESS=2\nDUMP_LEVEL=2\n";
	static struct kept kept;
	struct plan plan;
	struct error e;

	kept_init(&kept);
	CHECK_INT(t, plan_parse(&plan, NULL, span_of(text, strlen(text)), "f", &kept.log, &e), 0);
	CHECK_INT(t, plan.collector.level, 31);
	CHECK_STR(t, kept.text, "f:3: DUMP_LEVEL replaces the value from line 1\n");
	plan_deinit(&plan);
	CHECK_INT(t,
		  plan_parse(&plan, &dialect_suse, span_of("KDUMP_DUMPFORMAT=raw\nKDUMP_DUMPLEVEL=8\n", 39), "f",
			     &kept.log, &e),
		  0);
	CHECK_INT(t, plan.collector.level, 0);
	plan_deinit(&plan);
}

void suite_dialects(struct test *t)
{
	test_run(t, "kdump.conf, as shipped and with each option changed", kdump);
	test_run(t, "SUSE's sysconfig, as shipped and with each option changed", suse);
	test_run(t, "Debian's kdump-tools, as shipped and with each option changed", debian);
	test_run(t, "LKCD's sysconfig, as shipped and with each option changed", lkcd);
	test_run(t, "recognised by content", recognise);
	test_run(t, "twice the same, and in any order", order);
}
