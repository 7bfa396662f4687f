#include "fmt/md_super.h"

#include <stdio.h>

/* Offsets of version 1.x; the same for all its places. */
enum {
	V1_MAGIC = 0,
	V1_MAJOR = 4,
	V1_UUID = 16,
	V1_LEVEL = 72,
	V1_RAID_DISKS = 92,
	V1_PLACE = 144, /* sectors */
	V1_EVENTS = 200,
	V1_MAX_DEVICES = 220,
	V1_ROLES = 256, /* 16 bits for each device; below RAID_DISKS: takes part */
};

/* Version 0.90: 32-bit words in the byte order of the machine that made it. */
enum {
	V0_MAGIC = 0,
	V0_MAJOR = 1,
	V0_MINOR = 2,
	V0_UUID_0 = 5,
	V0_LEVEL = 7,
	V0_RAID_DISKS = 10,
	V0_UUID_1 = 13, /* to 15 */
	V0_ACTIVE = 34,
	V0_EVENTS = 39, /* high and low in this machine's order */
};

enum { SECTOR = 512, V0_RESERVED = 64 << 10 };

static const uint32_t MAGIC = 0xa92b4efc;

int md_places(uint64_t size, struct md_place place[MD_PLACES])
{
	uint64_t sectors = size / SECTOR;

	if (size < 4 * V0_RESERVED)
		return 0;
	place[0] = (struct md_place){.major = 1, .minor = 2, .offset = 4096};
	place[1] = (struct md_place){.major = 1, .minor = 1, .offset = 0};
	/* In the last 8 to 12 KiB, on a multiple of 4 KiB. */
	place[2] = (struct md_place){.major = 1, .minor = 0, .offset = ((sectors - 16) & ~(uint64_t)7) * SECTOR};
	/* In the last 64 to 128 KiB, on a multiple of 64. */
	place[3] = (struct md_place){
		.major = 0, .minor = 90, .offset = (size & ~(uint64_t)(V0_RESERVED - 1)) - V0_RESERVED};
	return MD_PLACES;
}

static void write_uuid(const uint8_t b[16], char text[40])
{
	snprintf(text, 40, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
		 b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static uint32_t count_active(struct span in, uint32_t raid_disks)
{
	uint32_t devices = get_le32(in.data + V1_MAX_DEVICES), active = 0;
	uint16_t role;

	for (uint32_t i = 0; i < devices && span_le16(in, V1_ROLES + 2 * (uint64_t)i, &role); i++)
		active += role < raid_disks;
	return active < raid_disks ? active : raid_disks;
}

static bool read_v1(struct span in, uint64_t offset, struct md_super *super)
{
	const uint8_t *p = in.data;

	if (in.size < V1_ROLES || get_le32(p + V1_MAGIC) != MAGIC || get_le32(p + V1_MAJOR) != 1 ||
	    get_le64(p + V1_PLACE) != offset / SECTOR)
		return false;
	write_uuid(p + V1_UUID, super->uuid);
	super->level = (int)get_le32(p + V1_LEVEL);
	super->raid_disks = get_le32(p + V1_RAID_DISKS);
	super->active = count_active(in, super->raid_disks);
	super->events = get_le64(p + V1_EVENTS);
	return true;
}

static bool read_v0(struct span in, struct md_super *super)
{
	uint8_t uuid[16];
	uint32_t word[V0_EVENTS + 2];

	for (int i = 0; i < V0_EVENTS + 2; i++)
		if (!span_le32(in, 4 * (uint64_t)i, &word[i]))
			return false;
	if (word[V0_MAGIC] != MAGIC || word[V0_MAJOR] != 0 || word[V0_MINOR] < 90)
		return false;
	/* mdadm shows its words as numbers. */
	put_be32(uuid, word[V0_UUID_0]);
	for (int i = 0; i < 3; i++)
		put_be32(uuid + 4 + 4 * i, word[V0_UUID_1 + i]);
	write_uuid(uuid, super->uuid);
	super->level = (int)word[V0_LEVEL];
	super->raid_disks = word[V0_RAID_DISKS];
	super->active = word[V0_ACTIVE];
	super->events = (uint64_t)word[V0_EVENTS + 1] << 32 | word[V0_EVENTS];
	return true;
}

bool md_super_read(struct span in, const struct md_place *place, struct md_super *super)
{
	*super = (struct md_super){.major = place->major, .minor = place->minor};
	return place->major == 1 ? read_v1(in, place->offset, super) : read_v0(in, super);
}

static char next_digit(const char **text)
{
	while (**text == '-' || **text == ':')
		(*text)++;
	if (!**text)
		return 0;
	return *(*text)++ | 0x20; /* lower case; digits have the bit */
}

bool md_uuid_same(const char *a, const char *b)
{
	char one, other;

	do {
		one = next_digit(&a);
		other = next_digit(&b);
	} while (one && one == other);
	return one == other;
}
