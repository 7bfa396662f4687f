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

/* How many of the first bytes hold all that a probe looks at (btrfs has its superblock at 64 KiB), and of the last (md
 * 0.90 has it in the last 128 KiB). */
enum { VOLUME_HEAD = 68 * 1024, VOLUME_TAIL = 128 * 1024 };

/* What a probe looks at; any span may be empty. */
struct volume_bytes {
	struct span head, tail; /* the volume's first and last bytes */
	uint64_t size;          /* of the volume, in bytes */
	struct span disk;       /* the first bytes of the disk that it is a partition of */
	uint32_t number;        /* of the partition, from 1 on; 0: it is none */
	uint32_t sector_size;   /* of the disk, in bytes */
};

/* Names a volume. Names that are not found stay as they are. */
typedef void volume_probe_fn(const struct volume_bytes *bytes, struct volume *volume);

#endif
