/* Text assembled in the caller's buffer, and made fit to print. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Appends to the text in a buffer of size bytes. Cuts what does not fit; returns whether all of it fit. */
bool text_add(char *text, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Replaces what a terminal would act on by '?': control characters except tabs, also newlines unless lines is set. For
 * texts with names from outside: a file, a host, a label.
 */
void text_clean(char *text, bool lines);

#endif
