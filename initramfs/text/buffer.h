/*
 * A growing array of bytes. It remembers running out of memory, so only the reader of the result must check.
 */
#ifndef INITRAMFS_TEXT_BUFFER_H
#define INITRAMFS_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/span.h"

/* Starts as all zeros. Once something was added, a zero byte follows the size bytes. */
struct buffer {
	char *data;
	size_t size, room;
	bool failed;
};

/* Adds bytes, or a formatted text; does nothing once memory has run out. */
void buffer_add(struct buffer *buffer, const void *data, size_t size);
void buffer_print(struct buffer *buffer, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds a name from an untrusted file, with '?' for the bytes that a terminal would act on, tabs included. */
void buffer_add_clean(struct buffer *buffer, struct span name);

/* buffer_add as cpio_writer's put. Returns 0 or -ENOMEM. */
int buffer_put(void *buffer, const void *data, size_t size);

/* Makes room for size further bytes. Returns where they go, or NULL; the caller adds what it writes to buffer->size. */
char *buffer_reserve(struct buffer *buffer, size_t size);

/* Returns 0, or -ENOMEM with *e set when something did not fit into memory. */
int buffer_check(const struct buffer *buffer, struct error *e);

static inline struct span buffer_span(const struct buffer *buffer)
{
	return span_of(buffer->data, buffer->size);
}

/* The text so far, never NULL. */
static inline const char *buffer_text(const struct buffer *buffer)
{
	return buffer->data ? buffer->data : "";
}

void buffer_deinit(struct buffer *buffer);

#endif
