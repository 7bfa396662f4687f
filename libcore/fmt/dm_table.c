#include "fmt/dm_table.h"

#include <string.h>

#include "fmt/conf.h"

/* Decimal, below 2^63. */
static bool read_number(struct span word, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < word.size; i++) {
		if (word.data[i] < '0' || word.data[i] > '9' || *value > INT64_MAX / 10 - 1)
			return false;
		*value = *value * 10 + (uint64_t)(word.data[i] - '0');
	}
	return word.size > 0;
}

bool dm_line_read(struct span line, struct dm_line *out)
{
	struct span rest = line, start = conf_word(&rest), length = conf_word(&rest), words;

	out->type = conf_word(&rest);
	words = rest;
	/* Skips leading blanks. */
	out->words = conf_word(&words);
	if (out->words.size)
		out->words.size = (size_t)(line.data + line.size - out->words.data);
	return out->type.size && read_number(start, &out->start) && read_number(length, &out->length) && out->length;
}

bool dm_word_is_device(struct span word)
{
	static const char *const tags[] = {"/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (word.size > strlen(tags[i]) && memcmp(word.data, tags[i], strlen(tags[i])) == 0)
			return true;
	return false;
}
