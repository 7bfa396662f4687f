/*
 * A member of an md array (Linux software RAID), by its superblock.
 * Source: the kernel's include/uapi/linux/raid/md_p.h.
 */
#ifndef FMT_MD_SUPER_H
#define FMT_MD_SUPER_H

#include <stdbool.h>

#include "base/span.h"

enum {
	MD_SUPER_SIZE = 4096, /* bytes from a superblock's place on that are looked at */
	MD_PLACES = 4,
};

/* Where superblocks lie, and which version of the metadata lies there. */
struct md_place {
	int major, minor; /* 0.90, or 1.0, 1.1, 1.2 */
	uint64_t offset;  /* bytes */
};

struct md_super {
	int major, minor;
	char uuid[40]; /* of the array, as the kernel writes UUIDs; mdadm groups the same digits by eight and ':' */
	int level;
	uint32_t raid_disks;
	uint32_t active; /* members that took part when this was written: fewer than raid_disks where it was degraded */
	uint64_t events; /* a member that is more than one behind another has been left behind */
};

/* The places on a device of so many bytes. Returns how many there are. */
int md_places(uint64_t device_size, struct md_place place[MD_PLACES]);

/*
 * Reads the superblock of a place; false where none lies there. One of version 1.x says itself where it lies, so that a
 * partition's at the end of its disk is not taken for the disk's.
 */
bool md_super_read(struct span in, const struct md_place *place, struct md_super *super);

/* Whether two texts are the same UUID, whatever stands between the digits: "-", ":" or nothing. */
bool md_uuid_same(const char *a, const char *b);

#endif
