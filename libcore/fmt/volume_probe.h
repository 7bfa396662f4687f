/*
 * Which file system, and what it is called: superblocks and partition tables as bytes.
 * Sources: the kernel's Documentation/filesystems/ext4, xfs_format.h, btrfs_tree.h, f2fs_fs.h, squashfs_fs.h,
 * erofs_fs.h; Microsoft's FAT specification (boot sector); UEFI specification 2.10, chapter 5 (GPT).
 */
#ifndef FMT_VOLUME_PROBE_H
#define FMT_VOLUME_PROBE_H

#include "base/volume.h"

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

/* Both, and members of md arrays by their last bytes: what sys/blockdev wants. */
volume_probe_fn volume_probe;

#endif
