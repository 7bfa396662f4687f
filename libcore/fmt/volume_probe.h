/*
 * Which file system, and what it is called: superblocks and partition tables as bytes.
 * Sources: the kernel's Documentation/filesystems/ext4, xfs_format.h, btrfs_tree.h, f2fs_fs.h, squashfs_fs.h,
 * erofs_fs.h; Microsoft's FAT specification (boot sector); UEFI specification 2.10, chapter 5 (GPT).
 */
#ifndef FMT_VOLUME_PROBE_H
#define FMT_VOLUME_PROBE_H

#include "base/span.h"

/* What a volume is called. Each name is empty where there is none; UUIDs as the kernel and blkid write them. */
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

/*
 * Names the file system (or other content: swap, LUKS, LVM, md) whose first bytes are head; reads up to VOLUME_HEAD
 * bytes. Sets type, uuid and label. Returns whether it knows the content.
 */
bool volume_superblock(struct span head, struct volume *volume);

/*
 * Names partition number (from 1) from the first bytes of its disk: GPT where there is one, else MBR (whose partitions
 * have a PARTUUID and no label). sector_size: bytes. Returns whether the table has such a partition.
 */
bool volume_partition(struct span disk, uint32_t sector_size, uint32_t number, struct volume *volume);

/* Both, and members of md arrays by their last bytes. Names that are not found stay as they are. */
void volume_probe(const struct volume_bytes *bytes, struct volume *volume);

#endif
