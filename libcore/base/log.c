#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

void log_line(const struct log *log, enum log_level level, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (!log || !log->line)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(text, true);
	log->line(log->context, level, text);
}
