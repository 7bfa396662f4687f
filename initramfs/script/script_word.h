/*
 * Words of the capture script.
 */
#ifndef INITRAMFS_SCRIPT_SCRIPT_WORD_H
#define INITRAMFS_SCRIPT_SCRIPT_WORD_H

#include "text/buffer.h"

/* Writes one word as the script must show it: as it is, or in single quotes. Returns 0, or -EINVAL for one that cannot
 * be said in the subset (control characters, single quotes). */
int script_word(struct buffer *out, const char *word, struct error *e);

#endif
