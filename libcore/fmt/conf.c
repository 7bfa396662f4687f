#include "fmt/conf.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span trim(struct span s)
{
	while (s.size && blank(s.data[0]))
		s = span_part(s, 1, s.size - 1);
	while (s.size && blank(s.data[s.size - 1]))
		s.size--;
	return s;
}

struct span conf_word(struct span *rest)
{
	struct span s = trim(*rest), word;
	size_t length = 0;

	while (length < s.size && !blank(s.data[length]))
		length++;
	word = span_part(s, 0, length);
	*rest = span_part(s, length, s.size - length);
	return word;
}

/* Takes the next line off the text, without its newline. */
static struct span take_line(struct conf_reader *reader)
{
	const uint8_t *start = reader->text.data + reader->offset;
	size_t left = reader->text.size - reader->offset;
	const uint8_t *newline = memchr(start, '\n', left);
	size_t length = newline ? (size_t)(newline - start) : left;

	reader->offset += length + (newline != NULL);
	reader->line++;
	return span_of(start, length);
}

/* What is no text is called that rather than too long. */
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
	while (reader->offset < reader->text.size) {
		struct span line = take_line(reader);
		const uint8_t *comment;
		int status = check_line(reader, line, e);

		if (status < 0)
			return status;
		comment = line.size ? memchr(line.data, '#', line.size) : NULL;
		if (comment)
			line.size = (size_t)(comment - line.data);
		option->name = conf_word(&line);
		if (option->name.size == 0)
			continue;
		option->value = trim(line);
		option->line = reader->line;
		return 1;
	}
	return 0;
}
