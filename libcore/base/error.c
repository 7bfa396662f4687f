#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int error_set(struct error *e, int code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	text_clean(e->text, false);
	return -code;
}

int error_errno(struct error *e, const char *fmt, ...)
{
	int code = errno;
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	text_clean(e->text, false);
	text_add(e->text, sizeof(e->text), ": %s", strerror(code));
	return -code;
}

int error_context(struct error *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	va_list ap;

	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	text_clean(e->text, false);
	text_add(e->text, sizeof(e->text), ": %s", old);
	return -e->code;
}

int error_hint(struct error *e, const char *fmt, ...)
{
	char hint[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(hint, sizeof(hint), fmt, ap);
	va_end(ap);
	text_clean(hint, false);
	text_add(e->text, sizeof(e->text), "\n%s", hint);
	return -e->code;
}
