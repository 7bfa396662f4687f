#include "base/span.h"

#include <string.h>

struct span span_trim(struct span s)
{
	while (s.size && span_blank(s.data[0]))
		s = span_part(s, 1, s.size - 1);
	while (s.size && span_blank(s.data[s.size - 1]))
		s.size--;
	return s;
}

struct span span_take_line(struct span *text)
{
	const uint8_t *newline = text->size ? memchr(text->data, '\n', text->size) : NULL;
	size_t length = newline ? (size_t)(newline - text->data) : text->size;
	struct span line = span_part(*text, 0, length);

	length += newline != NULL;
	*text = span_part(*text, length, text->size - length);
	return line;
}
