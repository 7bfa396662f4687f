#include "script/script_word.h"

#include <errno.h>
#include <string.h>

int script_word(struct buffer *out, const char *word, struct error *e)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";

	for (const char *p = word; *p; p++)
		if ((unsigned char)*p < 32 || *p == 127 || *p == '\'')
			return error_set(e, EINVAL, "'%.64s' cannot be written into the script: byte 0x%02x", word,
					 (unsigned char)*p);
	if (*word && word[strspn(word, plain)] == 0)
		buffer_print(out, "%s", word);
	else
		buffer_print(out, "'%s'", word);
	return 0;
}
