/*
 * Texts and words as spans.
 */
#ifndef INITRAMFS_TEXT_WORD_H
#define INITRAMFS_TEXT_WORD_H

#include <string.h>

#include "base/span.h"

static inline struct span text_span(const char *text)
{
	return span_of(text, strlen(text));
}

static inline bool word_is(struct span word, const char *text)
{
	return word.size == strlen(text) && memcmp(word.data, text, word.size) == 0;
}

/* Copies a word. Returns false, with to empty, if it does not fit. */
static inline bool word_copy(char *to, size_t room, struct span word)
{
	bool fits = word.size < room;

	if (fits && word.size)
		memcpy(to, word.data, word.size);
	to[fits ? word.size : 0] = 0;
	return fits;
}

/* Whether a text consists of these characters alone; an empty one does. */
static inline bool text_only(const char *text, const char *characters)
{
	return text[strspn(text, characters)] == 0;
}

/* Whether a text has a byte that a terminal or a parser of lines would act on: a newline, a tab, an escape. */
static inline bool text_has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			return true;
	return false;
}

#endif
