#include "plan/target.h"

#include <stddef.h>
#include <string.h>

/*
 * The superblock of ext2 to ext4 says what the kernel does about damage that it finds: it may be to go on writing, or
 * to panic. A dump fails there, and the next target gets it.
 */
#define READ_ONLY_ON_ERRORS "-o errors=remount-ro "

static const struct target_kind kinds[] = {
	{"ext4", TARGET_MOUNTED, READ_ONLY_ON_ERRORS},
	{"ext3", TARGET_MOUNTED, READ_ONLY_ON_ERRORS},
	{"ext2", TARGET_MOUNTED, READ_ONLY_ON_ERRORS},
	{"xfs", TARGET_MOUNTED, ""},
	{"vfat", TARGET_MOUNTED, ""},
	{"btrfs", TARGET_MOUNTED, ""},
	{"f2fs", TARGET_MOUNTED, ""},
	{"raw", TARGET_RAW, ""},
};

const struct target_kind *target_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct target_kind *target_filesystem_find(const char *name)
{
	const struct target_kind *kind = target_kind_find(name);

	return kind && kind->access == TARGET_MOUNTED ? kind : NULL;
}
