/*
 * The modules as the image has them, in load order.
 */
#ifndef INITRAMFS_MODULE_MODULE_FILES_H
#define INITRAMFS_MODULE_MODULE_FILES_H

#include "text/buffer.h"
#include "module/modules.h"
#include "text/string_list.h"

/* Starts as all zeros. */
struct module_files {
	struct string_list
		names;       /* below lib/modules; a large one is compressed with gzip, and its name ends in ".gz" */
	struct buffer *data; /* one for each name */
	struct string_list paths; /* where they were read */
	size_t loaded;            /* bytes of all of them, uncompressed */
	size_t largest;           /* of one */
};

/*
 * Reads the modules of an order from the directory that modules_open had. release: the kernel that they must be built
 * for, or "". Returns 0 or a negative errno; the caller calls module_files_deinit either way.
 */
int module_files_read(struct module_files *files, const struct modules *modules, const char *dir, const char *release,
		      struct error *e);
void module_files_deinit(struct module_files *files);

#endif
