#include "dialect/setting_collector.h"

#include <errno.h>
#include <string.h>

#include "base/options.h"
#include "fmt/conf.h"
#include "text/word.h"

enum { MESSAGE_LEVEL = 256, THREADS, BUFFER, NON_CYCLIC, STATS, WORK_DIR, SPLITBLOCK, CHECK_PARAMS };

/* makedumpfile(8): those of its options that concern a dump of /proc/vmcore; without help texts. */
static const struct option table[] = {
	{'c', NULL, NULL, NULL},
	{'l', NULL, NULL, NULL},
	{'p', NULL, NULL, NULL},
	{'z', NULL, NULL, NULL},
	{'d', NULL, "LEVEL", NULL},
	{'E', NULL, NULL, NULL},
	{'F', NULL, NULL, NULL},
	{'f', NULL, NULL, NULL},
	{'D', NULL, NULL, NULL},
	{MESSAGE_LEVEL, "message-level", "LEVEL", NULL},
	{THREADS, "num-threads", "COUNT", NULL},
	{BUFFER, "cyclic-buffer", "KILOBYTES", NULL},
	{NON_CYCLIC, "non-cyclic", NULL, NULL},
	{STATS, "show-stats", NULL, NULL},
	{WORK_DIR, "work-dir", "DIRECTORY", NULL},
	{SPLITBLOCK, "splitblock-size", "KILOBYTES", NULL},
	{CHECK_PARAMS, "check-params", NULL, NULL},
	{0},
};

/* Options that a crash dump does not need, and why. */
static const struct {
	int id;
	const char *shown, *why;
} ignored[] = {
	{'f', "-f", "a dump never replaces another"},
	{'D', "-D", "dump-save has no debug messages of that kind"},
	{THREADS, "--num-threads", "the capture kernel runs on one processor"},
	{BUFFER, "--cyclic-buffer", "dump-save's memory does not grow with the machine's"},
	{NON_CYCLIC, "--non-cyclic", "dump-save's memory does not grow with the machine's"},
	{STATS, "--show-stats", "dump-save prints at the end what it wrote"},
	{WORK_DIR, "--work-dir", "dump-save needs no temporary files"},
	{SPLITBLOCK, "--splitblock-size", "the dump is not split"},
	{CHECK_PARAMS, "--check-params", "the image is for real dumps"},
};

/* -d LEVEL[,LEVEL]...: makedumpfile tries the later ones when the disk is full; dump-save takes the first. */
static int take_level(struct collector *c, const char *text, const struct setting *s, struct error *e)
{
	char first[16] = "";
	size_t length = strcspn(text, ",");
	long level;

	if (length < sizeof(first))
		memcpy(first, text, length);
	level = number_parse(first, 31);
	if (level < 0 || (text[length] && strspn(text, "0123456789,") != strlen(text)))
		return error_set(e, EINVAL, "'%s' is not a dump level; levels are 0 to 31", text);
	c->level = (unsigned)level;
	if (text[length])
		log_line(s->log, LOG_NOTE, "%s: of the levels %s, only the first is used", s->where, text);
	return 0;
}

static int take_option(struct collector *c, int id, const char *value, const struct setting *s, struct error *e)
{
	switch (id) {
	case 'c':
	case 'l':
	case 'p':
	case 'z':
		c->compress = (char)id;
		return 0;
	case 'd':
		return take_level(c, value, s, e);
	case 'E':
		c->elf = true;
		return 0;
	case 'F':
		c->flattened = true;
		return 0;
	case MESSAGE_LEVEL:
		c->message_level = (int)number_parse(value, 31);
		if (c->message_level < 0)
			return error_set(e, EINVAL, "'%s' is not a message level; they are 0 to 31", value);
		return 0;
	case OPTION_OPERAND:
		return error_set(e, EINVAL, "unexpected '%s': the dump's source and target are not named here", value);
	}
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (ignored[i].id == id)
			log_line(s->log, LOG_NOTE, "%s: makedumpfile's %s is ignored: %s", s->where, ignored[i].shown,
				 ignored[i].why);
	return 0;
}

static int parse(struct collector *c, int argc, char **argv, const struct setting *s, struct error *e)
{
	struct options options = {.argc = argc, .argv = argv};
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	int id, status;

	if (strcmp(name, "makedumpfile") != 0 && strcmp(name, "dump-save") != 0)
		return error_set(e, EINVAL,
				 "'%s' is not in the image; write makedumpfile and its options, which dump-save "
				 "follows",
				 argv[0]);
	while ((id = options_next(&options, table, e)) != 0) {
		if (id < 0)
			return id == OPTION_HELP
				       ? error_set(e, EINVAL, "--help makes no dump")
				       : error_hint(e, "dump-save understands makedumpfile's -c -l -p -z -d -E "
						       "-F and --message-level");
		status = take_option(c, id, options.value, s, e);
		if (status < 0)
			return status;
	}
	if (c->elf && c->compress)
		return error_set(e, EINVAL, "-E and -%c exclude each other: an ELF dump is not compressed",
				 c->compress);
	return 0;
}

int setting_collector(struct collector *c, struct span value, const struct setting *s, struct error *e)
{
	enum { WORDS = 32 };
	char text[CONF_LINE_MAX + 1], *argv[WORDS + 1];
	char *to = text;
	int argc = 0;

	/* As with makedumpfile, nothing is filtered without -d. */
	*c = (struct collector){.message_level = -1};
	for (struct span word = conf_word(&value); word.size; word = conf_word(&value)) {
		if (argc == WORDS || !word_copy(to, (size_t)(text + sizeof(text) - to), word))
			return error_set(e, E2BIG, "%s: %s: too many words", s->where, s->name);
		argv[argc++] = to;
		to += word.size + 1;
	}
	argv[argc] = NULL;
	if (argc == 0)
		return error_set(e, EINVAL, "%s: %s needs a value, such as: makedumpfile -l -d 1", s->where, s->name);
	if (parse(c, argc, argv, s, e) < 0)
		return error_context(e, "%s: %s", s->where, s->name);
	return 0;
}

int setting_collector_options(struct collector *c, struct buffer *words, const struct setting *s, struct error *e)
{
	buffer_print(words, " %s", s->value);
	if (words->size > CONF_LINE_MAX)
		return setting_bad(s, e, "the value is too long");
	return setting_collector(c, buffer_span(words), s, e);
}
