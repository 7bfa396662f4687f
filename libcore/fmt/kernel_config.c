#include "fmt/kernel_config.h"

#include <string.h>

static bool starts(struct span s, const char *text)
{
	size_t length = strlen(text);

	return s.size >= length && memcmp(s.data, text, length) == 0;
}

static struct span from(struct span s, size_t offset)
{
	return span_part(s, offset, s.size - offset);
}

/* The length of the name at the start: CONFIG_ and letters, digits and underscores. */
static size_t name_length(struct span s)
{
	size_t length = strlen("CONFIG_");

	if (!starts(s, "CONFIG_"))
		return 0;
	while (length < s.size && (s.data[length] == '_' || (s.data[length] >= '0' && s.data[length] <= '9') ||
				   ((s.data[length] | 32) >= 'a' && (s.data[length] | 32) <= 'z')))
		length++;
	return length > strlen("CONFIG_") ? length : 0;
}

static enum kernel_config_kind read_comment(struct span text, struct kernel_config_line *line)
{
	size_t length = name_length(text);

	if (length && span_is(from(text, length), " is not set")) {
		line->name = span_part(text, 0, length);
		return KERNEL_CONFIG_NOT_SET;
	}
	line->value = text;
	return KERNEL_CONFIG_COMMENT;
}

static enum kernel_config_kind read_option(struct span text, struct kernel_config_line *line)
{
	size_t length = name_length(text);

	line->value = text;
	if (!length || length == text.size || text.data[length] != '=')
		return KERNEL_CONFIG_OTHER;
	line->name = span_part(text, 0, length);
	line->value = from(text, length + 1);
	if (!span_is(line->value, "n"))
		return KERNEL_CONFIG_SET;
	line->value = span_of(NULL, 0);
	return KERNEL_CONFIG_NOT_SET;
}

enum kernel_config_kind kernel_config_next(struct kernel_config_reader *reader, struct kernel_config_line *line)
{
	struct span text;

	*line = (struct kernel_config_line){.kind = KERNEL_CONFIG_END};
	if (reader->text.size == 0)
		return line->kind;
	reader->line++;
	text = span_trim(span_take_line(&reader->text));
	if (text.size == 0)
		line->kind = KERNEL_CONFIG_EMPTY;
	else if (text.data[0] == '#')
		line->kind = read_comment(span_trim(from(text, 1)), line);
	else
		line->kind = read_option(text, line);
	return line->kind;
}

bool kernel_config_get(struct span config, const char *name, struct span *value)
{
	struct kernel_config_reader reader = {.text = config};
	struct kernel_config_line line;
	bool set = false;

	*value = span_of(NULL, 0);
	while (kernel_config_next(&reader, &line) != KERNEL_CONFIG_END)
		if ((line.kind == KERNEL_CONFIG_SET || line.kind == KERNEL_CONFIG_NOT_SET) &&
		    span_is(line.name, name)) {
			set = line.kind == KERNEL_CONFIG_SET;
			*value = line.value;
		}
	return set;
}

bool kernel_config_builtin(struct span config, const char *name)
{
	struct span value;

	return kernel_config_get(config, name, &value) && span_is(value, "y");
}

bool kernel_config_is_one(struct span text)
{
	struct kernel_config_reader reader = {.text = text};
	struct kernel_config_line line;

	if (text.size && memchr(text.data, 0, text.size))
		return false;
	while (kernel_config_next(&reader, &line) != KERNEL_CONFIG_END)
		if (line.kind == KERNEL_CONFIG_SET || line.kind == KERNEL_CONFIG_NOT_SET)
			return true;
	return false;
}

/* "Linux/x86 6.1.192 Kernel Configuration" */
static struct span version_in(struct span text)
{
	struct span version;
	const uint8_t *at = text.size ? memchr(text.data, ' ', text.size) : NULL;
	size_t length = 0;

	if (!at || !starts(text, "Linux/"))
		return span_of(NULL, 0);
	version = from(text, (size_t)(at - text.data) + 1);
	while (length < version.size && !span_blank(version.data[length]))
		length++;
	return span_is(from(version, length), " Kernel Configuration") ? span_part(version, 0, length)
								       : span_of(NULL, 0);
}

struct span kernel_config_version(struct span config)
{
	struct kernel_config_reader reader = {.text = config};
	struct kernel_config_line line;

	/* It comes before the first option. */
	while (kernel_config_next(&reader, &line) == KERNEL_CONFIG_COMMENT || line.kind == KERNEL_CONFIG_EMPTY) {
		struct span version = version_in(line.value);

		if (version.size)
			return version;
	}
	return span_of(NULL, 0);
}
