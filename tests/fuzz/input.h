/* An input of several parts, for fuzz targets that take more than one text. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

/* Takes the part up to a line "%" off the input; the last part may lack that line. */
static inline struct span take_part(struct span *input)
{
	static const char mark[] = "\n%\n";
	const uint8_t *at = input->size ? memmem(input->data, input->size, mark, 3) : NULL;
	struct span part = span_of(input->data, at ? (size_t)(at - input->data) : input->size);

	*input = at ? span_of(at + 3, input->size - part.size - 3) : span_of(NULL, 0);
	return part;
}

/* A part as a text of its own, up to its first zero byte; the caller frees it. */
static inline char *part_text(struct span part)
{
	char *text = malloc(part.size + 1);

	if (!text)
		abort();
	if (part.size)
		memcpy(text, part.data, part.size);
	text[part.size] = 0;
	return text;
}

/* The next byte, or 0 at the end. */
static inline uint8_t take_byte(struct span *input)
{
	uint8_t byte = input->size ? input->data[0] : 0;

	*input = input->size ? span_of(input->data + 1, input->size - 1) : *input;
	return byte;
}

static inline uint16_t take_le16(struct span *input)
{
	uint8_t low = take_byte(input);

	return (uint16_t)(low | take_byte(input) << 8);
}

#endif
