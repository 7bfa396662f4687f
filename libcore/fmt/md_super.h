/*
 * A member of an md array (Linux software RAID), by its superblock.
 * Source: the kernel's include/uapi/linux/raid/md_p.h.
 */
#ifndef FMT_MD_SUPER_H
#define FMT_MD_SUPER_H

#include <stdbool.h>

#include "base/span.h"

enum {
	MD_SUPER_SIZE = 4096, /* bytes of a superblock that are read */
	MD_PLACES = 4,
};

/* Where superblocks can be, and the metadata version of each place. */
struct md_place {
	int major, minor; /* 0.90, or 1.0, 1.1, 1.2 */
	uint64_t offset;  /* bytes */
};

struct md_super {
	int major, minor;
	char uuid[40]; /* of the array, as the kernel writes UUIDs; mdadm groups the same digits by eight and ':' */
	int level;
	uint32_t raid_disks;
	uint32_t active; /* members when this was written: fewer than raid_disks if degraded */
	uint64_t events; /* a member more than one lower than another is stale */
};

/* The places on a device of that many bytes. Returns their number. */
int md_places(uint64_t device_size, struct md_place place[MD_PLACES]);

/*
 * Reads the superblock at a place; false if there is none. Version 1.x records its own place, so that the superblock of
 * a partition at the end of its disk is not mistaken for the disk's.
 */
bool md_super_read(struct span in, const struct md_place *place, struct md_super *super);

/* Whether two texts are the same UUID; "-", ":" or nothing may separate the digits. */
bool md_uuid_same(const char *a, const char *b);

#endif
