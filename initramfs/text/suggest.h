/*
 * Finds the name that a person may have meant.
 */
#ifndef INITRAMFS_TEXT_SUGGEST_H
#define INITRAMFS_TEXT_SUGGEST_H

/* How many characters to insert, delete, change, or swap with their neighbour; names longer than 64 are far apart. */
int suggest_distance(const char *a, const char *b);

/* Whether two names are close enough for one to be a misspelling of the other. */
int suggest_near(const char *a, const char *b);

#endif
