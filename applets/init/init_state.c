#include "init/init_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/file.h"

struct init init;

void init_say(const char *fmt, ...)
{
	char text[1024] = "init: ";
	va_list ap;
	size_t length;

	va_start(ap, fmt);
	vsnprintf(text + 6, sizeof(text) - 7, fmt, ap);
	va_end(ap);
	length = strlen(text);
	text[length] = '\n';
	write_all(STDERR_FILENO, text, length + 1);
}
