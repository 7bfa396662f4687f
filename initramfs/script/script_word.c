#include "script/script_word.h"

#include <errno.h>
#include <string.h>

void script_word(struct buffer *out, const char *word, struct error *e)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";
	bool quoted = !*word || word[strspn(word, plain)];

	for (const char *p = word; *p && !e->code; p++)
		if ((unsigned char)*p < 32 || *p == 127 || *p == '\'')
			error_set(e, EINVAL, "'%.64s' cannot be written into the script: byte 0x%02x", word,
				  (unsigned char)*p);
	if (!e->code)
		buffer_print(out, quoted ? "'%s'" : "%s", word);
}
