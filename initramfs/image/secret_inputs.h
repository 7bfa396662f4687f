/*
 * Which of an image's inputs not everybody can read: an image with one of them is for its owner alone.
 */
#ifndef INITRAMFS_IMAGE_SECRET_INPUTS_H
#define INITRAMFS_IMAGE_SECRET_INPUTS_H

#include "base/error.h"

#include "text/string_list.h"

/*
 * Adds the file's name to the list, once, unless everybody can read the file who can reach a file in the directory of
 * out: the mode of the file, and of those directories above it that are not above out too. A file that is not regular
 * (a pipe) counts as secret. Returns 0 or a negative errno.
 */
int secret_inputs_check(struct string_list *secrets, const char *path, const char *out, struct error *e);

/* Adds a name, unless it is there. Returns 0 or -ENOMEM. */
int secret_inputs_add(struct string_list *secrets, const char *name, struct error *e);

#endif
