/*
 * Kernel modules: the files that a list of names needs, in load order. Read from what depmod writes
 * (modules.dep(5), modules.builtin, modules.softdep, modules.alias). '-' and '_' are the same in names.
 */
#ifndef INITRAMFS_MODULE_MODULES_H
#define INITRAMFS_MODULE_MODULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "base/span.h"

#include "text/string_list.h"

enum {
	MODULE_NAME = 128, /* bytes of a module's name with its NUL */
};

/* One line of modules.dep. */
struct module {
	char name[MODULE_NAME]; /* with '_' for '-' */
	struct span path;       /* as in modules.dep: below the directory, or absolute */
	struct span needs;      /* the paths of the modules that it needs */
	bool taken;             /* in the order, or about to be */
};

/* The texts that depmod writes; borrowed. All but dep may be empty. */
struct module_texts {
	struct span dep, builtin, softdep, alias;
};

struct modules {
	struct module_texts texts;
	struct module *module; /* sorted by name */
	size_t count;
	size_t *order; /* what was requested: indices, each after what it needs */
	size_t nr_order;
	char *owned[4]; /* the texts of modules_open */
};

/*
 * A module's name from its path or from the name that people write: "kernel/drivers/nvme/host/nvme-core.ko.xz" and
 * "nvme-core" are nvme_core. Returns false if there is none, or if it is too long.
 */
bool modules_name(struct span path, char name[MODULE_NAME]);

/* Whether that is the name of what a path or a person names. */
bool modules_is(const char *path, const char *name);

/* Reads modules.dep. The texts are borrowed. Returns 0 or a negative errno; the caller calls modules_deinit either way.
 */
int modules_init(struct modules *modules, const struct module_texts *texts, struct error *e);

/* The same from a directory (/lib/modules/VERSION). */
int modules_open(struct modules *modules, const char *dir, const struct log *log, struct error *e);
void modules_deinit(struct modules *modules);

/* Whether the kernel has it built in, or as a module. */
bool modules_builtin(const struct modules *modules, const char *name);
bool modules_known(const struct modules *modules, const char *name);

/*
 * Appends a module and what it needs to the order, unless it is already there or built in, and then its companions
 * (companions.h), which a built-in module may need, too. Returns 0; -ENOENT with similar names for one that does not
 * exist, -EINVAL for a modules.dep that contradicts itself.
 */
int modules_want(struct modules *modules, const char *name, struct error *e);

/*
 * Wants a file system's module. Returns 0, or -ENOENT if the kernel has the file system neither built in nor as a
 * module.
 */
int modules_want_filesystem(struct modules *modules, const char *type, struct error *e);

/*
 * Wants what implements an algorithm of the kernel's crypto API ("aes", "xts", "essiv"): its generic implementation, or
 * whatever has its name or alias. Does nothing if that is built in or missing. Returns 0 or a negative errno.
 */
int modules_want_algorithm(struct modules *modules, struct span name, struct error *e);

/* A module's file name in the image: its own, without a compression suffix. Returns 0 or -ENOMEM. */
int modules_file_name(const struct module *module, struct string_list *names, struct error *e);

#endif
