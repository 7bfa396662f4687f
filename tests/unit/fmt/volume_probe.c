/* Superblocks and partition tables, made of a few lines each. */
#include "unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "fmt/volume_probe.h"

static uint8_t head[VOLUME_HEAD];

static const uint8_t uuid[16] = {0x2f, 0x1c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xff};
static const char uuid_text[] = "2f1c0001-0203-0405-0607-08090a0b0cff";
static const char guid_text[] = "01001c2f-0302-0504-0607-08090a0b0cff";

static void put(size_t at, const void *bytes, size_t size)
{
	memcpy(head + at, bytes, size);
}

static bool probe(struct volume *v)
{
	*v = (struct volume){.type = ""};
	return volume_superblock(span_of(head, sizeof(head)), v);
}

static void start(void)
{
	memset(head, 0, sizeof(head));
}

static void make_ext(uint32_t compat, uint32_t incompat, uint32_t ro_compat)
{
	start();
	put_le16(head + 0x438, 0xef53);
	put_le32(head + 0x45c, compat);
	put_le32(head + 0x460, incompat);
	put_le32(head + 0x464, ro_compat);
	put(0x468, uuid, 16);
	put(0x478, "a label of sixteen", 16);
}

static void ext(struct test *t)
{
	struct volume v;

	make_ext(0x3c, 0x2c2, 0x46b);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "ext4");
	CHECK_STR(t, v.uuid, uuid_text);
	CHECK_STR(t, v.label, "a label of sixte");
	make_ext(0x3c, 0x6, 0x3);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "ext3");
	make_ext(0x38, 0x2, 0x3);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "ext2");
	make_ext(0, 0x8, 0);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "jbd");
}

static void others(struct test *t)
{
	struct volume v;

	start();
	put(0, "XFSB", 4);
	put(32, uuid, 16);
	put(108, "xlabel", 6);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "xfs");
	CHECK_STR(t, v.uuid, uuid_text);
	CHECK_STR(t, v.label, "xlabel");
	start();
	put(0x10040, "_BHRfS_M", 8);
	put(0x10020, uuid, 16);
	put(0x1012b, "b\x01label\xc2\x9b", 9);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "btrfs");
	CHECK_STR(t, v.uuid, uuid_text);
	CHECK_STR(t, v.label, "b?label??");
	start();
	put_le32(head + 1024, 0xf2f52010);
	put(1024 + 108, uuid, 16);
	put(1024 + 124, "f\0\xe4\0\xac\x20", 6);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "f2fs");
	CHECK_STR(t, v.uuid, uuid_text);
	CHECK_STR(t, v.label, "f\xc3\xa4\xe2\x82\xac");
	start();
	put(0, "LUKS\xba\xbe", 6);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "crypto_LUKS");
	put(168, "fd5d3a3c-98a5-4a0a-9c0e-6a3c8a1d2e4f", 36);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.uuid, "fd5d3a3c-98a5-4a0a-9c0e-6a3c8a1d2e4f");
	start();
	put(512, "LABELONE", 8);
	put(544, "Yc1k2Wx3Fa9QpL4mNb7vRtGh2Jw2LqAf", 32);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "LVM2_member");
	CHECK_STR(t, v.uuid, "Yc1k2W-x3Fa-9QpL-4mNb-7vRt-Gh2J-w2LqAf");
	start();
	CHECK(t, !probe(&v));
	CHECK_STR(t, v.type, "");
}

/* What can only be in the way of a dump. The bytes are those that the mkfs of each writes; UUIDs where blkid has them.
 */
static void more(struct test *t)
{
	static const struct {
		const char *type, *magic;
		size_t size, at, uuid_at;
	} kinds[] = {
		{"jfs", "JFS1", 4, 0x8000, 0x8088},
		{"nilfs2", "\2\0\0\0\0\0\x34\x34", 8, 1024, 1024 + 152},
		{"reiserfs", "ReIsEr3Fs", 9, 0x10034, 0x10054},
		{"reiserfs", "ReIsEr2Fs", 9, 0x10034, 0x10054},
		{"bcache", "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81", 16, 4120, 4136},
		{"bcachefs", "\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef", 16, 4120, 4152},
		{"zfs_member", "\1\1\0\0\0\0\0\0\0\0\0\1\0\0\0\44\0\0\0\40\0\0\0\7version", 31, 16384, 0},
	};
	struct volume v;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		start();
		put(kinds[i].at, kinds[i].magic, kinds[i].size);
		if (kinds[i].uuid_at)
			put(kinds[i].uuid_at, uuid, 16);
		CHECK(t, probe(&v));
		CHECK_STR(t, v.type, kinds[i].type);
		CHECK_STR(t, v.uuid, kinds[i].uuid_at ? uuid_text : "");
		head[kinds[i].at] ^= 1;
		CHECK(t, strcmp(kinds[i].type, "zfs_member") == 0 || !probe(&v));
	}
}

/* --- whole volumes ------------------------------------------------------------------------------------------------ */

enum { SECTORS = 4096 }; /* 2 MiB, so that it has room for everything that is looked at */

static uint8_t tail[VOLUME_TAIL];

static struct volume probe_all(void)
{
	struct volume v = {.type = ""};

	volume_probe(&(struct volume_bytes){.head = span_of(head, sizeof(head)),
					    .tail = span_of(tail, sizeof(tail)),
					    .size = SECTORS * 512},
		     &v);
	return v;
}

static void start_all(void)
{
	start();
	memset(tail, 0, sizeof(tail));
}

static void put_mbr(unsigned number, uint8_t flags, uint8_t type, uint32_t from, uint32_t size)
{
	uint8_t *entry = head + 446 + number * 16;

	put(510, "\x55\xaa", 2);
	entry[0] = flags;
	entry[4] = type;
	put_le32(entry + 8, from);
	put_le32(entry + 12, size);
}

/* A disk with partitions is not free, though no file system begins with its first byte. */
static void tables(struct test *t)
{
	start_all();
	CHECK_STR(t, probe_all().type, "");
	put(512, "EFI PART", 8);
	CHECK_STR(t, probe_all().type, "GPT");
	start_all();
	put(4096, "EFI PART", 8);
	CHECK_STR(t, probe_all().type, "GPT");
	start_all();
	memcpy(tail + sizeof(tail) - 512, "EFI PART", 8);
	CHECK_STR(t, probe_all().type, "GPT");
	start_all();
	memcpy(tail + sizeof(tail) - 4096, "EFI PART", 8);
	CHECK_STR(t, probe_all().type, "GPT");
	start_all();
	put_mbr(3, 0x80, 0x83, 63, 1000);
	CHECK_STR(t, probe_all().type, "MBR");
	/* None that is used. */
	put_mbr(3, 0, 0, 0, 0);
	CHECK_STR(t, probe_all().type, "");
	/* Boot code. */
	put_mbr(1, 0, 0x83, 63, 1000);
	put_mbr(2, 0x33, 0xc0, 63, 1000);
	CHECK_STR(t, probe_all().type, "");
}

static void put_swap(size_t page, uint32_t pages)
{
	start_all();
	put(page - 10, "SWAPSPACE2", 10);
	put_le32(head + 1024, 1);
	put_le32(head + 1028, pages - 1);
	put(1024 + 12, uuid, 16);
}

/* md 0.90's, 64 KiB before the end. */
static void make_md_tail(void)
{
	put_le32(tail + sizeof(tail) - 65536, 0xa92b4efc);
	put_le32(tail + sizeof(tail) - 65536 + 8, 90);
}

/* Programs of any user choose what is swapped out. */
static void forge(struct test *t, size_t page)
{
	put(page, "\xfc\x4e\x2b\xa9", 4); /* md 1.2 */
	put(page + 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca", 8);
	put(4096 > page ? 4096 : page, "EFI PART", 8);
	if (page < 65536)
		put(0x10040, "_BHRfS_M", 8);
	memcpy(tail + sizeof(tail) - 512, "EFI PART", 8);
	memcpy(tail + sizeof(tail) - 4096, "EFI PART", 8);
	CHECK_STR(t, probe_all().type, "swap");
	CHECK_STR(t, probe_all().uuid, uuid_text);
}

static void swapped_out(struct test *t)
{
	for (size_t page = 4096; page <= 65536; page *= 4) {
		put_swap(page, SECTORS * 512 / (uint32_t)page);
		CHECK_STR(t, probe_all().type, "swap");
		forge(t, page);
	}
	/* What follows the area, and what its first page holds, counts. */
	put_swap(4096, SECTORS / 8 - 16);
	make_md_tail();
	CHECK_STR(t, probe_all().type, "linux_raid_member");
	put_swap(4096, SECTORS / 8);
	make_md_tail();
	CHECK_STR(t, probe_all().type, "swap");
	put_swap(4096, SECTORS / 8);
	put(512, "EFI PART", 8);
	CHECK_STR(t, probe_all().type, "GPT");
	put_swap(4096, SECTORS / 8);
	put_mbr(0, 0, 0x83, 63, 1000);
	CHECK_STR(t, probe_all().type, "MBR");
	put_swap(4096, SECTORS / 8);
	put(0, "XFSB", 4);
	CHECK_STR(t, probe_all().type, "xfs");
}

static void fat(struct test *t)
{
	struct volume v;

	start();
	put(510, "\x55\xaa", 2);
	put(82, "FAT32   ", 8);
	put_le32(head + 67, 0x1234abcd);
	put(71, "BOOT       ", 11);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "vfat");
	CHECK_STR(t, v.uuid, "1234-ABCD");
	CHECK_STR(t, v.label, "BOOT");
	start();
	put(510, "\x55\xaa", 2);
	put(54, "FAT16   ", 8);
	put_le32(head + 39, 0xab);
	put(43, "NO NAME    ", 11);
	CHECK(t, probe(&v));
	CHECK_STR(t, v.type, "vfat");
	CHECK_STR(t, v.uuid, "0000-00AB");
	CHECK_STR(t, v.label, "");
}

static void make_gpt(uint32_t sector, uint64_t lba, uint32_t count, uint32_t size)
{
	uint8_t *entry;

	start();
	put(sector, "EFI PART", 8);
	put_le64(head + sector + 72, lba);
	put_le32(head + sector + 80, count);
	put_le32(head + sector + 84, size);
	entry = head + 2 * sector + 2 * 128;
	memset(entry, 0x11, 16);
	memcpy(entry + 16, uuid, 16);
	memcpy(entry + 56, "d\0u\0m\0p\0", 8);
}

static void gpt(struct test *t)
{
	struct volume v = {.type = ""};
	struct span disk = span_of(head, sizeof(head));

	make_gpt(512, 2, 128, 128);
	CHECK(t, volume_partition(disk, 512, 3, &v));
	CHECK_STR(t, v.partuuid, guid_text);
	CHECK_STR(t, v.partlabel, "dump");
	CHECK(t, !volume_partition(disk, 512, 2, &v));
	CHECK(t, !volume_partition(disk, 512, 129, &v));
	CHECK(t, !volume_partition(disk, 512, 0, &v));
	CHECK(t, !volume_partition(disk, 0, 3, &v));
	CHECK(t, !volume_partition(span_of(head, 1024), 512, 3, &v));
	v = (struct volume){.type = ""};
	make_gpt(4096, 2, 4, 128);
	CHECK(t, volume_partition(disk, 4096, 3, &v));
	CHECK_STR(t, v.partuuid, guid_text);
	make_gpt(512, UINT64_MAX / 512 + 3, 128, 128);
	CHECK(t, !volume_partition(disk, 512, 3, &v));
	make_gpt(512, 2, UINT32_MAX, 0);
	CHECK(t, !volume_partition(disk, 512, 3, &v));
}

static void mbr(struct test *t)
{
	struct volume v = {.type = ""};

	start();
	put(510, "\x55\xaa", 2);
	CHECK(t, !volume_partition(span_of(head, 512), 512, 1, &v));
	put_le32(head + 440, 0xdeadbeef);
	CHECK(t, volume_partition(span_of(head, 512), 512, 5, &v));
	CHECK_STR(t, v.partuuid, "deadbeef-05");
	CHECK_STR(t, v.partlabel, "");
}

/* Every prefix of a full head is read without a step over its end (the sanitizer looks on). */
static void cut_short(struct test *t)
{
	struct volume v;

	make_ext(0x3c, 0x2c2, 0x46b);
	for (size_t size = 0; size < 2048; size++) {
		uint8_t *copy = malloc(size + !size);

		memcpy(copy, head, size);
		v = (struct volume){.type = ""};
		CHECK_INT(t, volume_superblock(span_of(copy, size), &v), size >= 0x488);
		volume_probe(&(struct volume_bytes){.head = span_of(copy, size),
						    .tail = span_of(copy, size),
						    .disk = span_of(copy, size),
						    .size = size,
						    .number = 1,
						    .sector_size = 512},
			     &v);
		free(copy);
	}
}

void suite_volume_probe(struct test *t)
{
	test_run(t, "ext2, ext3, ext4", ext);
	test_run(t, "xfs, btrfs, f2fs, LUKS, nothing", others);
	test_run(t, "jfs, nilfs2, reiserfs, bcache, bcachefs, ZFS", more);
	test_run(t, "a partitioned disk", tables);
	test_run(t, "what was swapped out says nothing about a swap device", swapped_out);
	test_run(t, "FAT", fat);
	test_run(t, "GPT", gpt);
	test_run(t, "MBR", mbr);
	test_run(t, "cut short", cut_short);
}
