/* Superblocks of md arrays, made by hand; lines of device mapper's tables; and the capture script's lines for both. */
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/dm_table.h"
#include "fmt/md_super.h"
#include "fmt/volume_probe.h"
#include "budget/volume_memory.h"
#include "dialect/dialect.h"
#include "script/script_writer.h"

static const uint8_t uuid[16] = {0x3a, 0xaa, 1,    0x22, 0x29, 0x82, 0x7c, 0xfa,
				 0x53, 0x31, 0xad, 0x66, 0xca, 0x76, 0x73, 0x71};
static const char uuid_text[] = "3aaa0122-2982-7cfa-5331-ad66ca767371";

enum { SIZE = 1 << 20 }; /* of a device */

static uint8_t super[MD_SUPER_SIZE];

/* Of a RAID 5 of three, whose second member is gone. */
static void make_v1(uint64_t offset)
{
	memset(super, 0, sizeof(super));
	put_le32(super, 0xa92b4efc);
	put_le32(super + 4, 1);
	memcpy(super + 16, uuid, 16);
	memcpy(super + 32, "host:0", 6);
	put_le32(super + 72, 5);
	put_le32(super + 92, 3);
	put_le64(super + 144, offset / 512);
	put_le64(super + 200, 0x100000007);
	put_le32(super + 220, 4);
	put_le16(super + 256, 0);
	put_le16(super + 258, 0xfffe);
	put_le16(super + 260, 2);
	put_le16(super + 262, 0xffff);
}

static void make_v0(void)
{
	static const uint32_t words[][2] = {{0, 0xa92b4efc}, {2, 90},          {5, 0x3aaa0122},  {7, 1},
					    {10, 2},         {13, 0x29827cfa}, {14, 0x5331ad66}, {15, 0xca767371},
					    {34, 1},         {39, 9},          {40, 1}};

	memset(super, 0, sizeof(super));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		put_le32(super + 4 * words[i][0], words[i][1]);
}

static const struct md_place *place_of(struct md_place place[MD_PLACES], int major, int minor)
{
	for (int i = 0; i < MD_PLACES; i++)
		if (place[i].major == major && place[i].minor == minor)
			return &place[i];
	abort();
}

static void version_1(struct test *t)
{
	struct md_place place[MD_PLACES];
	struct md_super s;

	CHECK_INT(t, md_places(SIZE + 3072, place), MD_PLACES);
	CHECK_INT(t, place_of(place, 1, 2)->offset, 4096);
	CHECK_INT(t, place_of(place, 1, 1)->offset, 0);
	/* 8 KiB before the end, and down to a multiple of 4 KiB. */
	CHECK_INT(t, place_of(place, 1, 0)->offset, SIZE - 8192);
	for (int minor = 0; minor <= 2; minor++) {
		const struct md_place *p = place_of(place, 1, minor);

		make_v1(p->offset);
		CHECK(t, md_super_read(span_of(super, sizeof(super)), p, &s));
		CHECK_STR(t, s.uuid, uuid_text);
		CHECK_INT(t, s.major, 1);
		CHECK_INT(t, s.minor, minor);
		CHECK_INT(t, s.level, 5);
		CHECK_INT(t, s.raid_disks, 3);
		CHECK_INT(t, s.active, 2);
		CHECK_INT(t, s.events, 0x100000007);
	}
	/* A partition's, seen at the end of its disk, says that it lies elsewhere. */
	make_v1(SIZE - 65536);
	CHECK(t, !md_super_read(span_of(super, sizeof(super)), place_of(place, 1, 0), &s));
	make_v1(4096);
	super[0] ^= 1;
	CHECK(t, !md_super_read(span_of(super, sizeof(super)), place_of(place, 1, 2), &s));
	/* More devices than there is room for. */
	make_v1(4096);
	put_le32(super + 220, UINT32_MAX);
	CHECK(t, md_super_read(span_of(super, sizeof(super)), place_of(place, 1, 2), &s));
	CHECK_INT(t, s.active, 3);
}

static void version_0(struct test *t)
{
	struct md_place place[MD_PLACES];
	struct md_super s;

	CHECK_INT(t, md_places(SIZE + 3072, place), MD_PLACES);
	CHECK_INT(t, place_of(place, 0, 90)->offset, SIZE - 65536);
	make_v0();
	CHECK(t, md_super_read(span_of(super, sizeof(super)), place_of(place, 0, 90), &s));
	CHECK_STR(t, s.uuid, uuid_text);
	CHECK_INT(t, s.level, 1);
	CHECK_INT(t, s.raid_disks, 2);
	CHECK_INT(t, s.active, 1);
	CHECK_INT(t, s.events, 0x100000009);
	CHECK(t, !md_super_read(span_of(super, sizeof(super)), place_of(place, 1, 0), &s));
	CHECK_INT(t, md_places(4 * 65536 - 1, place), 0);
}

/* Every prefix, and noise, without a step over the end (the sanitizer looks on). */
static void cut(struct test *t)
{
	struct md_place place[MD_PLACES];
	struct md_super s;
	uint32_t noise = 1;

	md_places(SIZE, place);
	for (int i = 0; i < MD_PLACES; i++) {
		if (place[i].major)
			make_v1(place[i].offset);
		else
			make_v0();
		for (size_t size = 0; size < 300; size++) {
			uint8_t *copy = malloc(size + !size);

			memcpy(copy, super, size);
			CHECK_INT(t, md_super_read(span_of(copy, size), &place[i], &s),
				  size >= (place[i].major ? 256 : 164));
			free(copy);
		}
		for (size_t k = place[i].major ? 224 : 164; k < sizeof(super); k++)
			super[k] = (uint8_t)((noise = noise * 1103515245 + 12345) >> 16);
		CHECK(t, md_super_read(span_of(super, sizeof(super)), &place[i], &s));
		CHECK_STR(t, s.uuid, uuid_text);
		CHECK(t, s.active <= s.raid_disks);
		super[0] ^= 1;
		CHECK(t, !md_super_read(span_of(super, sizeof(super)), &place[i], &s));
	}
}

static void uuids(struct test *t)
{
	CHECK(t, md_uuid_same(uuid_text, "3aaa0122:29827cfa:5331ad66:ca767371"));
	CHECK(t, md_uuid_same(uuid_text, "3AAA012229827CFA5331AD66CA767371"));
	CHECK(t, !md_uuid_same(uuid_text, "3aaa0122:29827cfa:5331ad66:ca76737"));
	CHECK(t, !md_uuid_same(uuid_text, "3aaa0122:29827cfa:5331ad66:ca767372"));
	CHECK(t, !md_uuid_same(uuid_text, ""));
}

/* The half of a mirror begins with the mirror's ext4, and is not to be mounted. */
static void member(struct test *t)
{
	uint8_t *device CLEANUP(free_ptr) = calloc(1, SIZE);
	struct volume_bytes bytes = {.head = span_of(device, VOLUME_HEAD),
				     .tail = span_of(device + SIZE - VOLUME_TAIL, VOLUME_TAIL),
				     .size = SIZE};
	struct volume v = {.type = ""};

	put_le16(device + 0x438, 0xef53);
	memcpy(device + 0x468, uuid, 15);
	memcpy(device + 0x478, "label", 5);
	volume_probe(&bytes, &v);
	CHECK_STR(t, v.type, "ext2");
	CHECK_STR(t, v.label, "label");
	make_v1(SIZE - 8192);
	memcpy(device + SIZE - 8192, super, sizeof(super));
	v = (struct volume){.type = ""};
	volume_probe(&bytes, &v);
	CHECK_STR(t, v.type, "linux_raid_member");
	CHECK_STR(t, v.uuid, uuid_text);
	CHECK_STR(t, v.label, "");
	memset(device + SIZE - 8192, 0, sizeof(super));
	make_v0();
	memcpy(device + SIZE - 65536, super, sizeof(super));
	v = (struct volume){.type = ""};
	volume_probe(&bytes, &v);
	CHECK_STR(t, v.type, "linux_raid_member");
}

/* --- device mapper --- */

static const char *line_of(const char *text)
{
	static char said[256];
	struct dm_line line;

	if (!dm_line_read(span_of(text, strlen(text)), &line))
		return "";
	snprintf(said, sizeof(said), "%llu|%llu|%.*s|%.*s", (unsigned long long)line.start,
		 (unsigned long long)line.length, (int)line.type.size, (const char *)line.type.data,
		 (int)line.words.size, (const char *)line.words.data);
	return said;
}

static bool is_device(const char *word)
{
	return dm_word_is_device(span_of(word, strlen(word)));
}

static void table(struct test *t)
{
	CHECK_STR(t, line_of("0 4194304 linear UUID=Yc1k2W-x3Fa 2048"), "0|4194304|linear|UUID=Yc1k2W-x3Fa 2048");
	CHECK_STR(t, line_of("  8\t16  striped   2 128 8:0 0 8:16 0"), "8|16|striped|2 128 8:0 0 8:16 0");
	CHECK_STR(t, line_of("0 8 zero"), "0|8|zero|");
	CHECK_STR(t, line_of("0 8"), "");
	CHECK_STR(t, line_of("0 0 zero"), "");
	CHECK_STR(t, line_of("0 x zero"), "");
	CHECK_STR(t, line_of("-1 8 zero"), "");
	CHECK_STR(t, line_of("0 99999999999999999999 zero"), "");
	CHECK_STR(t, line_of("linear"), "");
	CHECK_STR(t, line_of(""), "");
	CHECK(t, is_device("UUID=1"));
	CHECK(t, is_device("/dev/md0"));
	CHECK(t, is_device("PARTLABEL=x"));
	CHECK(t, !is_device("UUID="));
	CHECK(t, !is_device("8:16"));
	CHECK(t, !is_device("allow_discards"));
}

/* --- the script --- */

static const char *script_of(struct buffer *out, const char *conf)
{
	static const struct string_list none;
	static struct error e;
	struct plan plan;
	int status = plan_parse(&plan, NULL, span_of(conf, strlen(conf)), "f.conf", NULL, &e);

	if (status == 0)
		status = script_write(out, &plan, &none, &e);
	plan_deinit(&plan);
	return status < 0 ? e.text : buffer_text(out);
}

#define MD2 "md /dev/md2 3aaa0122:29827cfa:5331ad66:ca767372"
#define MD  "md /dev/md0 3aaa0122:29827cfa:5331ad66:ca767371"

static void script(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0}, other CLEANUP(buffer_deinit) = {0};
	const char *text = script_of(&out, "dm vg-a 0 8 linear UUID=Yc1k 2048\n" MD " raid5\n"
					   "dm b 0 16 linear /dev/mapper/vg-a 0\n"
					   "dm vg-a 8 8 striped 2 4 UUID=Zd2m 0 /dev/md0 8\n"
					   "ext4 /dev/mapper/b\nxfs /dev/md0\n");

	/* Three devices of 40 seconds each, and two targets. */
	CHECK_HAS(t, text, "CAPTURE_DEADLINE=8410\n");
	CHECK_HAS(t, text,
		  "\nmd-assemble -t 30 /dev/md0 3aaa0122:29827cfa:5331ad66:ca767371\n"
		  "wait-device -t 30 UUID=Yc1k UUID=Zd2m /dev/md0 && "
		  "dm-create vg-a '0 8 linear UUID=Yc1k 2048' '8 8 striped 2 4 UUID=Zd2m 0 /dev/md0 8'\n"
		  "wait-device -t 30 /dev/mapper/vg-a && dm-create b '0 16 linear /dev/mapper/vg-a 0'\n"
		  "wait-device -t 30 /dev/mapper/b && timeout 60 mount -t ext4 -o errors=remount-ro /dev/mapper/b "
		  "/target && ");
	CHECK_HAS(t, text, " mount -t xfs /dev/md0 /target && ");
	CHECK_HAS(t, script_of(&other, MD " raid6 force\next4 UUID=1\n"),
		  "\nmd-assemble -t 30 -f /dev/md0 3aaa0122:29827cfa:5331ad66:ca767371\n");
}

static uint64_t memory_of(struct test *t, const char *conf)
{
	struct error e;
	struct plan plan;
	uint64_t bytes;

	CHECK_INT(t, plan_parse(&plan, NULL, span_of(conf, strlen(conf)), "f.conf", NULL, &e), 0);
	bytes = volume_memory(&plan);
	plan_deinit(&plan);
	return bytes;
}

/* A stripe cache goes by the members, of which four are assumed; a mirror needs nothing worth counting. */
static void memory(struct test *t)
{
	uint64_t four = memory_of(t, MD " raid6\nxfs UUID=1\n");

	CHECK_INT(t, memory_of(t, MD " raid1\n" MD2 " raid10\nxfs UUID=1\n"), 0);
	CHECK(t, four > 5 << 20 && four < 6 << 20);
	CHECK_INT(t, memory_of(t, MD " raid5 members=4 force\nxfs UUID=1\n"), four);
	CHECK_INT(t, memory_of(t, MD " raid4 members=12\nxfs UUID=1\n") - four, 8 * 256 * (4096 + 512));
	CHECK_INT(t,
		  memory_of(t,
			    "dm a 0 8 linear UUID=1 0\n"
			    "dm b 0 8 crypt aes-cbc-plain 00112233445566778899aabbccddeeff 0 UUID=2 0\nxfs UUID=1\n"),
		  2 << 20);
}

static void order(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};

	CHECK_HAS(t, script_of(&out, "ext4 /dev/md0\n" MD " raid1\n"),
		  "f.conf:1: ext4 /dev/md0: crashbox.conf's option md");
	CHECK_HAS(t, script_of(&out, MD " raid1\next4 /dev/md1\n"),
		  "f.conf:2: ext4 /dev/md1: crashbox.conf's option md");
	CHECK_HAS(t, script_of(&out, MD " raid1\n" MD " raid1\n"),
		  "f.conf:2: " MD " raid1: another line already makes this device");
	CHECK_HAS(t, script_of(&out, "dm a 0 8 linear UUID=1 0\ndm a 16 8 linear UUID=1 8\n"),
		  "f.conf:2: dm a 16 8 linear UUID=1 8: it must start where the device's previous line ends");
	CHECK_HAS(t, script_of(&out, "dm a 0 8 linear UUID=1 '0'\n"), "contains a quote");
}

void suite_md(struct test *t)
{
	test_run(t, "superblocks of version 1", version_1);
	test_run(t, "superblocks of version 0.90", version_0);
	test_run(t, "superblocks cut and overwritten", cut);
	test_run(t, "UUIDs", uuids);
	test_run(t, "half of a mirror is no file system", member);
	test_run(t, "lines of a table", table);
	test_run(t, "lines of the script", script);
	test_run(t, "memory that the devices take", memory);
	test_run(t, "lines in a wrong order", order);
}
