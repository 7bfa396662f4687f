#include "text/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

char *buffer_reserve(struct buffer *b, size_t size)
{
	size_t room = b->room ? b->room : 256;
	char *larger;

	while (!b->failed && room - b->size <= size && room <= SIZE_MAX / 2)
		room *= 2;
	if (b->failed || room - b->size <= size) {
		b->failed = true;
		return NULL;
	}
	if (room != b->room) {
		larger = realloc(b->data, room);
		if (!larger) {
			b->failed = true;
			return NULL;
		}
		b->data = larger;
		b->room = room;
	}
	return b->data + b->size;
}

void buffer_add(struct buffer *b, const void *data, size_t size)
{
	char *to = buffer_reserve(b, size);

	if (!to)
		return;
	if (size)
		memcpy(to, data, size);
	to[size] = 0;
	b->size += size;
}

void buffer_print(struct buffer *b, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int size;

	va_start(ap, fmt);
	size = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	to = size < 0 ? NULL : buffer_reserve(b, (size_t)size);
	if (!to) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(to, (size_t)size + 1, fmt, ap);
	va_end(ap);
	b->size += (size_t)size;
}

void buffer_add_clean(struct buffer *b, struct span name)
{
	char *copy CLEANUP(free_ptr) = malloc(name.size + 1);

	if (!copy) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < name.size; i++)
		copy[i] = name.data[i] == 0 || name.data[i] == '\t' ? '?' : (char)name.data[i];
	copy[name.size] = 0;
	text_clean(copy, false);
	buffer_add(b, copy, name.size);
}

int buffer_put(void *buffer, const void *data, size_t size)
{
	struct buffer *b = buffer;

	buffer_add(b, data, size);
	return b->failed ? -ENOMEM : 0;
}

int buffer_check(const struct buffer *b, struct error *e)
{
	return b->failed ? error_set(e, ENOMEM, "out of memory") : 0;
}

void buffer_deinit(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}
