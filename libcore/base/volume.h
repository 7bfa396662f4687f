/*
 * What a volume is called: found in bytes by fmt, on devices by sys, which knows nothing of formats and is handed the
 * function that does.
 */
#ifndef BASE_VOLUME_H
#define BASE_VOLUME_H

#include "base/span.h"

/* Each name is empty where there is none. UUIDs are written as the kernel and blkid write them. */
struct volume {
	char type[20]; /* "ext4", "xfs", ...: what mount -t takes, or what blkid calls it ("crypto_LUKS") */
	char uuid[40];
	char label[96];
	char partuuid[40]; /* of the partition it lies in */
	char partlabel[112];
};

/*
 * Names a volume from its first bytes (head), and its partition number (0: none) from the first bytes of the disk it
 * lies on, whose sectors have sector_size bytes. Either span may be empty; names that are not found stay as they are.
 */
typedef void volume_probe_fn(struct span head, struct span disk, uint32_t sector_size, uint32_t number,
			     struct volume *volume);

/* How many of the first bytes hold all that a probe looks at (btrfs has its superblock at 64 KiB). */
enum { VOLUME_HEAD = 68 * 1024 };

#endif
