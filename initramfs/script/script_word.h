/*
 * Words of the capture script.
 */
#ifndef INITRAMFS_SCRIPT_SCRIPT_WORD_H
#define INITRAMFS_SCRIPT_SCRIPT_WORD_H

#include "text/buffer.h"

/*
 * Writes one word: as it is, or in single quotes. A word that the subset cannot express (control characters, single
 * quotes) sets *e (EINVAL) unless e->code is already set: the first error stays, and only the writer of the whole
 * script checks for it.
 */
void script_word(struct buffer *out, const char *word, struct error *e);

#endif
