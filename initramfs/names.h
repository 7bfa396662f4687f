/*
 * Names: lists of them, and the one that a person may have meant.
 */
#ifndef INITRAMFS_NAMES_H
#define INITRAMFS_NAMES_H

#include <stddef.h>

#include "base/error.h"
#include "base/span.h"

/* A list that owns its strings; starts as all zeros. */
struct names {
	char **item;
	size_t count;
};

/* Adds a copy. Returns 0 or -ENOMEM. */
int names_add(struct names *names, struct span name, struct error *e);
void names_deinit(struct names *names);

/* How many characters must be put in, taken out, changed, or swapped with their neighbour; names beyond 64 are far. */
int names_distance(const char *a, const char *b);

/* Whether two names are near enough for one to be a slip of the other. */
int names_near(const char *a, const char *b);

#endif
