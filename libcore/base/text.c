#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void text_clean(char *text, bool lines)
{
	for (uint8_t *p = (uint8_t *)text; *p; p++) {
		/* U+0080 to U+009F in UTF-8, among them the escape sequences' CSI. */
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			*p++ = '?', *p = '?';
		else if ((*p < ' ' && *p != '\t' && !(lines && *p == '\n')) || *p == 0x7f)
			*p = '?';
	}
}

bool text_add(char *text, size_t size, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + used, size - used, fmt, ap);
	va_end(ap);
	return n >= 0 && (size_t)n < size - used;
}
