/*
 * Arrays that grow by one item.
 */
#ifndef INITRAMFS_TEXT_ARRAY_H
#define INITRAMFS_TEXT_ARRAY_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Makes room for one more item, all zeros, after count items of size bytes. Returns the new array, or NULL with *e set
 * (ENOMEM) and the old one unchanged. */
static inline void *array_grow(void *items, size_t count, size_t size, struct error *e)
{
	char *larger = realloc(items, (count + 1) * size);

	if (larger)
		memset(larger + count * size, 0, size);
	else
		error_set(e, ENOMEM, "out of memory");
	return larger;
}

#endif
