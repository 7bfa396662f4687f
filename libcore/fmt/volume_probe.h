/*
 * The type and the names of a file system or other content: superblocks and partition tables as bytes. Sources: the
 * kernel's Documentation/filesystems/ext4, xfs_format.h, btrfs_tree.h, f2fs_fs.h, squashfs_fs.h, erofs_fs.h,
 * jfs_superblock.h, nilfs2_ondisk.h, reiserfs.h, bcache_ondisk.h, bcachefs_format.h; OpenZFS's vdev_impl.h and
 * nvpair.h; Microsoft's FAT specification (boot sector); UEFI specification 2.10, chapter 5 (MBR, GPT).
 */
#ifndef FMT_VOLUME_PROBE_H
#define FMT_VOLUME_PROBE_H

#include "base/span.h"

/* A volume's type and names; a missing one is empty. UUIDs as the kernel and blkid write them. */
struct volume {
	char type[20]; /* "ext4", "xfs", ...: as for mount -t, or blkid's name ("crypto_LUKS"); "GPT", "MBR": partitions
			*/
	char uuid[40];
	char label[96];
	char partuuid[40]; /* of its partition */
	char partlabel[112];
};

/* The first and the last bytes that a probe needs (btrfs has its superblock at 64 KiB, md 0.90 in the last 128 KiB). */
enum { VOLUME_HEAD = 68 * 1024, VOLUME_TAIL = 128 * 1024 };

/* A probe's input; any span may be empty. */
struct volume_bytes {
	struct span head, tail; /* the volume's first and last bytes */
	uint64_t size;          /* of the volume, in bytes */
	struct span disk;       /* the first bytes of the disk that it is a partition of */
	uint32_t number;        /* of the partition, from 1; 0: not a partition */
	uint32_t sector_size;   /* of the disk, in bytes */
};

/*
 * Identifies the file system (or other content: swap, LUKS, LVM, md, a partition table) that starts with head, by up to
 * VOLUME_HEAD bytes. In a swap area only the first page counts. Sets type, uuid and label. Returns whether it knows the
 * content.
 */
bool volume_superblock(struct span head, struct volume *volume);

/*
 * Sets the names of partition number (from 1) from the first bytes of its disk: GPT if there is one, else MBR (whose
 * partitions have a PARTUUID and no label). sector_size: bytes. Returns whether the table has such a partition.
 */
bool volume_partition(struct span disk, uint32_t sector_size, uint32_t number, struct volume *volume);

/*
 * Both, members of md arrays, and GPT, by their last bytes. Names that are not found do not
 * change. What lies inside a swap area is ignored: any program can have it swapped out there.
 */
void volume_probe(const struct volume_bytes *bytes, struct volume *volume);

/*
 * Takes the names that are still missing from a partition's uevent file in sysfs: lines PARTUUID= and PARTNAME=. Too
 * long ones are cut.
 */
void volume_take_uevent(struct span text, struct volume *volume);

#endif
