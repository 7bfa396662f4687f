#include "kernel/config_check.h"

#include <errno.h>
#include <string.h>

#include "fmt/kernel_config.h"

#include "kernel/capture_kernel.h"

enum {
	PARAGRAPH_MAX = 16, /* options of a paragraph, and lines of its comment */
	PRINT_MAX = 160,    /* bytes of a name, a value or a line of a comment */
};

enum level { NO_LEVEL, NEEDED, RECOMMENDED, MUST_NOT, MINIMAL };

/* What a tag line says about the paragraphs that follow it. */
struct tag {
	enum level level;
	bool one_of;           /* one option of each paragraph is enough */
	bool module;           /* a module is good enough */
	unsigned since, until; /* versions as kernel_release_number has them; 0: no bound */
};

/* Options without an empty line between them, and the comment before them. */
struct paragraph {
	struct span comment[PARAGRAPH_MAX];
	struct kernel_config_line option[PARAGRAPH_MAX];
	size_t comments, options;
};

struct check {
	struct buffer *out; /* where the current level is written: one of the next two */
	struct buffer wrong, notes;
	struct span config;
	unsigned version; /* of the configuration; 0: unknown */
	int missing;
};

/* --- messages --- */

/* Bytes from outside, on a terminal. */
static void add_printable(struct buffer *out, struct span s)
{
	size_t length = s.size < PRINT_MAX ? s.size : PRINT_MAX;

	buffer_add_clean(out, span_of(s.data, length));
	if (length < s.size)
		buffer_print(out, "...");
}

static bool look_up(const struct check *check, const struct kernel_config_line *option, struct span *value)
{
	char name[128];

	*value = span_of(NULL, 0);
	if (option->name.size >= sizeof(name))
		return false;
	memcpy(name, option->name.data, option->name.size);
	name[option->name.size] = 0;
	return kernel_config_get(check->config, name, value);
}

/* "CONFIG_X=y" */
static void add_wanted(const struct check *check, const struct kernel_config_line *option)
{
	add_printable(check->out, option->name);
	if (option->kind == KERNEL_CONFIG_SET) {
		buffer_print(check->out, "=");
		add_printable(check->out, option->value);
	} else {
		buffer_print(check->out, " should not be set");
	}
}

/* " (it is not set)" */
static void add_found(const struct check *check, const struct kernel_config_line *option)
{
	struct span value;

	buffer_print(check->out, " (it is ");
	if (!look_up(check, option, &value))
		buffer_print(check->out, "not set");
	else if (option->kind == KERNEL_CONFIG_SET && span_is(value, "m"))
		buffer_print(check->out, "a module, but must be built in");
	else
		add_printable(check->out, value);
	buffer_print(check->out, ")");
}

static void add_comment(const struct check *check, const struct paragraph *paragraph)
{
	for (size_t i = 0; i < paragraph->comments; i++) {
		buffer_print(check->out, "      ");
		add_printable(check->out, paragraph->comment[i]);
		buffer_print(check->out, "\n");
	}
}

/* Begins a line among those of its level. */
static void add_level(struct check *check, const struct tag *tag)
{
	static const char *const words[] = {[NEEDED] = "missing", [RECOMMENDED] = "recommended", [MUST_NOT] = "wrong"};

	check->missing += tag->level != RECOMMENDED;
	check->out = tag->level == RECOMMENDED ? &check->notes : &check->wrong;
	buffer_print(check->out, "  %s: ", words[tag->level]);
}

/* --- checking an option --- */

static bool holds(const struct check *check, const struct tag *tag, const struct kernel_config_line *option)
{
	struct span value;
	bool set = look_up(check, option, &value);

	/* Among alternatives, "is not set" marks what the minimal kernel does without. */
	if (option->kind == KERNEL_CONFIG_NOT_SET && !tag->one_of)
		return !set;
	if (!set)
		return false;
	if (tag->module && span_is(value, "m"))
		return true;
	return option->kind == KERNEL_CONFIG_NOT_SET
		       ? span_is(value, "y")
		       : value.size == option->value.size && memcmp(value.data, option->value.data, value.size) == 0;
}

static void check_alternatives(struct check *check, const struct tag *tag, const struct paragraph *paragraph)
{
	for (size_t i = 0; i < paragraph->options; i++)
		if (holds(check, tag, &paragraph->option[i]))
			return;
	add_level(check, tag);
	buffer_print(check->out, "%s", paragraph->options > 1 ? "one of " : "");
	for (size_t i = 0; i < paragraph->options; i++) {
		struct kernel_config_line option = paragraph->option[i];
		struct span value;

		if (option.kind == KERNEL_CONFIG_NOT_SET)
			option.value = span_of("y", 1);
		option.kind = KERNEL_CONFIG_SET;
		buffer_print(check->out, "%s", i ? ", " : "");
		add_wanted(check, &option);
		if (look_up(check, &option, &value) || paragraph->options == 1)
			add_found(check, &option);
	}
	buffer_print(check->out, "\n");
	add_comment(check, paragraph);
}

static void check_each(struct check *check, const struct tag *tag, const struct paragraph *paragraph)
{
	bool said = false;

	for (size_t i = 0; i < paragraph->options; i++) {
		if (holds(check, tag, &paragraph->option[i]))
			continue;
		add_level(check, tag);
		add_wanted(check, &paragraph->option[i]);
		add_found(check, &paragraph->option[i]);
		buffer_print(check->out, "\n");
		said = true;
	}
	if (said)
		add_comment(check, paragraph);
}

static void check_paragraph(struct check *check, const struct tag *tag, const struct paragraph *paragraph)
{
	if (!paragraph->options || tag->level == MINIMAL)
		return;
	/* Without a version, only what applies to all. */
	if ((tag->since || tag->until) && !check->version)
		return;
	if (check->version < tag->since || (tag->until && check->version >= tag->until))
		return;
	if (tag->one_of)
		check_alternatives(check, tag, paragraph);
	else
		check_each(check, tag, paragraph);
}

/* --- reading a fragment --- */

/* Takes the part before the next comma. */
static struct span next_part(struct span *rest)
{
	const uint8_t *comma = rest->size ? memchr(rest->data, ',', rest->size) : NULL;
	size_t length = comma ? (size_t)(comma - rest->data) : rest->size;
	struct span part = span_part(*rest, 0, length);

	*rest = span_part(*rest, length + 1, comma ? rest->size - length - 1 : 0);
	while (rest->size && rest->data[0] == ' ')
		*rest = span_part(*rest, 1, rest->size - 1);
	return part;
}

static enum level find_level(struct span word)
{
	static const char *const names[] = {
		[NEEDED] = "needed",
		[RECOMMENDED] = "recommended",
		[MUST_NOT] = "must not be set",
		[MINIMAL] = "in the minimal kernel",
	};

	for (size_t i = NEEDED; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(word, names[i]))
			return (enum level)i;
	return NO_LEVEL;
}

/* "since 6.6"; 0 if it is something else. */
static unsigned bound(struct span part, const char *word)
{
	size_t length = strlen(word);
	char release[16];

	if (part.size <= length || part.size - length >= sizeof(release) || memcmp(part.data, word, length) != 0)
		return 0;
	memcpy(release, part.data + length, part.size - length);
	release[part.size - length] = 0;
	return kernel_release_number(release);
}

/* A comment such as "needed, one of:". Returns 1 with *tag set, 0 for another comment, or -EINVAL. */
static int read_tag(struct span comment, struct tag *tag)
{
	struct tag found = {0};

	if (comment.size == 0 || comment.data[comment.size - 1] != ':')
		return 0;
	comment.size--;
	found.level = find_level(next_part(&comment));
	if (found.level == NO_LEVEL)
		return 0;
	while (comment.size) {
		struct span part = next_part(&comment);

		if (span_is(part, "one of"))
			found.one_of = true;
		else if (span_is(part, "or a module"))
			found.module = true;
		else if (bound(part, "since "))
			found.since = bound(part, "since ");
		else if (bound(part, "until "))
			found.until = bound(part, "until ");
		else
			return -EINVAL;
	}
	*tag = found;
	return 1;
}

/* Adds a line to the paragraph. Returns NULL, or what is wrong with it. */
static const char *add_line(struct paragraph *paragraph, const struct tag *tag, const struct kernel_config_line *line)
{
	if (line->kind == KERNEL_CONFIG_COMMENT) {
		if (paragraph->comments == PARAGRAPH_MAX)
			return "the comment is too long";
		paragraph->comment[paragraph->comments++] = line->value;
		return NULL;
	}
	if (line->kind == KERNEL_CONFIG_OTHER)
		return "neither an option nor a comment";
	if (tag->level == NO_LEVEL)
		return "an option before the first tag, such as '# needed:'";
	if (tag->level == MUST_NOT && line->kind == KERNEL_CONFIG_SET)
		return "an option is set below 'must not be set:'";
	/* Paragraphs that are not checked may have any length. */
	if (tag->level == MINIMAL)
		return NULL;
	if (paragraph->options == PARAGRAPH_MAX)
		return "too many options without an empty line";
	paragraph->option[paragraph->options++] = *line;
	return NULL;
}

static int check_fragment(struct check *check, const struct config_fragment *fragment, struct error *e)
{
	struct kernel_config_reader reader = {.text = fragment->text};
	struct kernel_config_line line;
	struct paragraph paragraph = {0};
	struct tag tag = {0};

	while (kernel_config_next(&reader, &line) != KERNEL_CONFIG_END) {
		const char *wrong = NULL;
		int is_tag = line.kind == KERNEL_CONFIG_COMMENT ? read_tag(line.value, &tag) : 0;

		if (is_tag != 0 && paragraph.options)
			wrong = "a tag line needs an empty line before it";
		else if (is_tag < 0)
			wrong = "unknown tag line; expected a level, then 'one of', 'or a module', 'since X.Y', "
				"'until X.Y'";
		else if (line.kind == KERNEL_CONFIG_EMPTY) {
			check_paragraph(check, &tag, &paragraph);
			paragraph = (struct paragraph){0};
		} else if (!is_tag) {
			wrong = add_line(&paragraph, &tag, &line);
		}
		if (wrong)
			return error_set(e, EINVAL, "%s:%d: %s", fragment->file, reader.line, wrong);
	}
	check_paragraph(check, &tag, &paragraph);
	return 0;
}

unsigned config_check_release(struct span config)
{
	struct span version = kernel_config_version(config);
	char release[64];

	if (version.size == 0 || version.size >= sizeof(release))
		return 0;
	memcpy(release, version.data, version.size);
	release[version.size] = 0;
	return kernel_release_number(release);
}

int config_check(struct buffer *out, struct span config, const struct config_fragment *fragments, size_t count,
		 struct error *e)
{
	struct check check = {.config = config, .version = config_check_release(config)};
	int status = 0;

	for (size_t i = 0; i < count && status == 0; i++)
		status = check_fragment(&check, &fragments[i], e);
	buffer_add(out, buffer_text(&check.wrong), check.wrong.size);
	buffer_add(out, buffer_text(&check.notes), check.notes.size);
	if (status == 0 &&
	    (buffer_check(&check.wrong, e) < 0 || buffer_check(&check.notes, e) < 0 || buffer_check(out, e) < 0))
		status = -e->code;
	buffer_deinit(&check.wrong);
	buffer_deinit(&check.notes);
	return status < 0 ? status : check.missing;
}
