/*
 * Kernel modules.
 */
#ifndef SYS_MODULE_H
#define SYS_MODULE_H

#include <stddef.h>

#include "base/error.h"

/*
 * Loads an uncompressed module file (.ko) with its parameters (words separated by blanks, or ""). Succeeds if the
 * module is already loaded. Returns 0 or a negative errno, whose text says what to do.
 */
int module_load(const char *path, const char *parameters, struct error *e);

/* The same from memory; path is its name for messages. */
int module_load_image(const void *image, size_t size, const char *path, const char *parameters, struct error *e);

#endif
