/*
 * Lists of strings.
 */
#ifndef INITRAMFS_TEXT_STRING_LIST_H
#define INITRAMFS_TEXT_STRING_LIST_H

#include <stddef.h>

#include "base/error.h"
#include "base/span.h"

#include "text/buffer.h"

/* A list that owns its strings; starts as all zeros. */
struct string_list {
	char **item;
	size_t count;
};

/* Adds a copy. Returns 0 or -ENOMEM. */
int string_list_add(struct string_list *list, struct span name, struct error *e);

/* Replaces an item by a copy. Returns 0 or -ENOMEM. */
int string_list_set(struct string_list *list, size_t item, const char *text, struct error *e);

/* Writes the strings, separated by single blanks. */
void string_list_print(struct buffer *out, const struct string_list *list);
void string_list_deinit(struct string_list *list);

#endif
