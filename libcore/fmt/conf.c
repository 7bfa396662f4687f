#include "fmt/conf.h"

#include <errno.h>
#include <string.h>

struct span conf_word(struct span *rest)
{
	struct span s = span_trim(*rest), word;
	size_t length = 0;

	while (length < s.size && !span_blank(s.data[length]))
		length++;
	word = span_part(s, 0, length);
	*rest = span_part(s, length, s.size - length);
	return word;
}

/* Control characters are reported before the length: a binary file is not a long line. */
static int check_line(const struct conf_reader *reader, struct span line, struct error *e)
{
	for (size_t i = 0; i < line.size; i++) {
		uint8_t c = line.data[i];

		if (c == '\t' || (c == '\r' && i + 1 == line.size))
			continue;
		if (c < 32 || c == 127)
			return error_set(e, EINVAL,
					 "%s:%d: the line holds a control character (byte 0x%02x, column %zu)",
					 reader->file, reader->line, c, i + 1);
	}
	if (line.size > CONF_LINE_MAX)
		return error_set(e, EINVAL, "%s:%d: the line is longer than %d bytes", reader->file, reader->line,
				 CONF_LINE_MAX);
	return 0;
}

int conf_next(struct conf_reader *reader, struct conf_option *option, struct error *e)
{
	while (reader->text.size) {
		struct span line = span_take_line(&reader->text);
		const uint8_t *comment;
		int status;

		reader->line++;
		status = check_line(reader, line, e);
		if (status < 0)
			return status;
		comment = line.size ? memchr(line.data, '#', line.size) : NULL;
		if (comment)
			line.size = (size_t)(comment - line.data);
		option->name = conf_word(&line);
		if (option->name.size == 0)
			continue;
		option->value = span_trim(line);
		option->line = reader->line;
		return 1;
	}
	return 0;
}
