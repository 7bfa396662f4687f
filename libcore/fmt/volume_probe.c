#include "fmt/volume_probe.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "fmt/md_super.h"

#define GPT_MAGIC "EFI PART"

/* One kind of content: its magic, and where its names are, in bytes after the magic's first. 0: none. */
struct kind {
	char type[18];
	char magic[9];
	uint8_t magic_size;
	uint32_t magic_at;
	int16_t uuid;  /* 16 bytes, in the order of the text */
	int16_t label; /* bytes, up to a zero, blanks, or the length */
	uint16_t label_size;
};

/* In this order: an md member may have a file system's superblock further on. */
static const struct kind kinds[] = {
	{"linux_raid_member", "\xfc\x4e\x2b\xa9", 4, 4096, 16, 32, 32}, /* md 1.2; its name is HOST:NAME */
	{"linux_raid_member", "\xfc\x4e\x2b\xa9", 4, 0, 16, 32, 32},    /* md 1.1 */
	{"crypto_LUKS", "LUKS\xba\xbe", 6, 0, 0, 0, 0},
	{"LVM2_member", "LABELONE", 8, 512, 0, 0, 0},
	{"xfs", "XFSB", 4, 0, 32, 108, 12},
	{"btrfs", "_BHRfS_M", 8, 0x10040, -0x20, 0xeb, 256},
	{"f2fs", "\x10\x20\xf5\xf2", 4, 1024, 108, 0, 0},
	{"squashfs", "hsqs", 4, 0, 0, 0, 0},
	{"erofs", "\xe2\xe1\xf5\xe0", 4, 1024, 48, 64, 16},
	{"ntfs", "NTFS    ", 8, 3, 0, 0, 0},
	{"exfat", "EXFAT   ", 8, 3, 0, 0, 0},
	{"jfs", "JFS1", 4, 0x8000, 0x88, 0x98, 16},
	{"nilfs2", "\2\0\0\0\0\0\x34\x34", 8, 1024, 152, 168, 80}, /* revision 2, then the magic */
	{"reiserfs", "ReIsEr", 6, 0x10034, 0x20, 0x30, 16},
	{"bcache", "\xc6\x85\x73\xf6\x4e\x1a\x45\xca", 8, 4096 + 24, 16, 48, 32},
	{"bcachefs", "\xc6\x85\x73\xf6\x66\xce\x90\xa9", 8, 4096 + 24, 32, 48, 32},
	{"zfs_member", "\0\0\0\7vers", 8, 16384 + 20, 0, 0, 0}, /* the label's first name */
	{"GPT", GPT_MAGIC, 8, 512, 0, 0, 0},
	{"GPT", GPT_MAGIC, 8, 4096, 0, 0, 0},
};

/* Swap's header ends with its page: of 4 KiB, or more on some machines. */
enum { SWAP_PAGE = 4096, SWAP_PAGE_MAX = 65536, SWAP_MAGIC = 10, SWAP_LAST_PAGE = 1024 + 4 };
static const struct kind swap = {"swap", "SWAPSPAC", 8, 0, 1024 + 12, 1024 + 28, 16};

static void write_uuid(const uint8_t *b, char *text, size_t size)
{
	snprintf(text, size, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
		 b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* LVM's UUID is text: 32 letters after the label's header, shown in groups (lvm2, lib/format_text/layout.h). */
static void take_lvm_uuid(struct span head, struct volume *v)
{
	static const uint8_t groups[] = {6, 4, 4, 4, 4, 4, 6};
	struct span text = span_part(head, 512 + 32, 32);
	size_t from = 0, used = 0;

	for (size_t i = 0; text.size && i < sizeof(groups); i++) {
		if (i)
			v->uuid[used++] = '-';
		for (int k = 0; k < groups[i]; k++, from++)
			v->uuid[used++] = text.data[from] > ' ' && text.data[from] < 127 ? (char)text.data[from] : '?';
	}
	v->uuid[used] = 0;
}

static bool all_zero(struct span s)
{
	for (size_t i = 0; i < s.size; i++)
		if (s.data[i])
			return false;
	return true;
}

static void take_uuid(struct span head, uint64_t at, char *text, size_t size)
{
	struct span uuid = span_part(head, at, 16);

	if (uuid.size && !all_zero(uuid))
		write_uuid(uuid.data, text, size);
}

/* A label of at most length bytes; control characters become '?', so that it is printable. */
static void take_label(struct span head, uint64_t at, size_t length, char *text, size_t size)
{
	struct span label = span_part(head, at, length);
	size_t used = 0;

	while (used < label.size && label.data[used] && used + 1 < size) {
		text[used] = label.data[used] == '\t' ? '?' : (char)label.data[used];
		used++;
	}
	while (used && text[used - 1] == ' ')
		used--;
	text[used] = 0;
	text_clean(text, false);
}

/* UTF-16 as UTF-8; anything outside the basic plane becomes '?'. */
static void take_utf16(struct span s, uint64_t at, size_t units, char *text, size_t size)
{
	size_t used = 0;
	uint16_t c;

	for (size_t i = 0; i < units && span_le16(s, at + 2 * i, &c) && c && used + 4 < size; i++) {
		if (c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000))
			c = '?';
		if (c >= 0x800) {
			text[used++] = (char)(0xe0 | c >> 12);
			text[used++] = (char)(0x80 | (c >> 6 & 0x3f));
			text[used++] = (char)(0x80 | (c & 0x3f));
		} else if (c >= 0x80) {
			text[used++] = (char)(0xc0 | c >> 6);
			text[used++] = (char)(0x80 | (c & 0x3f));
		} else {
			text[used++] = (char)c;
		}
	}
	text[used] = 0;
}

/* The driver of the ext family, by the features that ext2 and ext3 lack. */
static const char *ext_type(uint32_t compat, uint32_t incompat, uint32_t ro_compat)
{
	enum {
		HAS_JOURNAL = 0x4,
		EXT3_INCOMPAT = 0x2 | 0x4 | 0x10, /* filetype, recover, meta_bg */
		EXT3_RO_COMPAT = 0x1 | 0x2 | 0x4, /* sparse_super, large_file, btree_dir */
		JOURNAL_DEV = 0x8,
	};

	if (incompat & JOURNAL_DEV)
		return "jbd";
	if ((incompat & ~(uint32_t)EXT3_INCOMPAT) || (ro_compat & ~(uint32_t)EXT3_RO_COMPAT))
		return "ext4";
	return compat & HAS_JOURNAL ? "ext3" : "ext2";
}

static bool probe_ext(struct span head, struct volume *v)
{
	struct span sb = span_part(head, 0x400, 0x88);
	uint32_t compat, incompat, ro_compat;
	uint16_t magic;

	if (!span_le16(sb, 0x38, &magic) || magic != 0xef53 || !span_le32(sb, 0x5c, &compat) ||
	    !span_le32(sb, 0x60, &incompat) || !span_le32(sb, 0x64, &ro_compat))
		return false;
	snprintf(v->type, sizeof(v->type), "%s", ext_type(compat, incompat, ro_compat));
	take_uuid(sb, 0x68, v->uuid, sizeof(v->uuid));
	take_label(sb, 0x78, 16, v->label, sizeof(v->label));
	return true;
}

/* FAT keeps its serial number and label at 67 and 71 (FAT32) or at 39 and 43 (FAT12, FAT16). */
static bool probe_fat(struct span head, struct volume *v)
{
	struct span boot = span_part(head, 0, 512);
	const uint8_t *b = boot.data;
	size_t at;

	if (!b || b[510] != 0x55 || b[511] != 0xaa)
		return false;
	if (memcmp(b + 82, "FAT32   ", 8) == 0)
		at = 67;
	else if (memcmp(b + 54, "FAT12   ", 8) == 0 || memcmp(b + 54, "FAT16   ", 8) == 0 ||
		 memcmp(b + 54, "FAT     ", 8) == 0)
		at = 39;
	else
		return false;
	memcpy(v->type, "vfat", sizeof("vfat"));
	snprintf(v->uuid, sizeof(v->uuid), "%02X%02X-%02X%02X", b[at + 3], b[at + 2], b[at + 1], b[at]);
	take_label(boot, at + 4, 11, v->label, sizeof(v->label));
	if (strcmp(v->label, "NO NAME") == 0)
		v->label[0] = 0;
	return true;
}

static bool has_magic(struct span s, uint64_t at, const char *bytes, size_t size)
{
	struct span magic = span_part(s, at, size);

	return magic.size && memcmp(magic.data, bytes, size) == 0;
}

/*
 * Any program may have written what lies in a swap area: its pages are swapped out there. Only the area's first page,
 * and what follows the area, say what the volume is. Returns the first page's size, with *end after the area; 0: no
 * swap.
 */
static size_t swap_area(struct span head, uint64_t *end)
{
	uint32_t last;

	for (size_t page = SWAP_PAGE; page <= SWAP_PAGE_MAX; page *= 2) {
		if (!has_magic(head, page - SWAP_MAGIC, swap.magic, swap.magic_size) ||
		    !span_le32(head, SWAP_LAST_PAGE, &last))
			continue;
		*end = ((uint64_t)last + 1) * page;
		return page;
	}
	*end = 0;
	return 0;
}

static void take_names(struct span head, const struct kind *kind, struct volume *v)
{
	snprintf(v->type, sizeof(v->type), "%s", kind->type);
	if (kind->uuid)
		take_uuid(head, kind->magic_at + (uint64_t)kind->uuid, v->uuid, sizeof(v->uuid));
	if (kind->label)
		take_label(head, kind->magic_at + (uint64_t)kind->label, kind->label_size, v->label, sizeof(v->label));
}

/* A partition table as fdisk writes it. Boot code in its place has other flags than 0 and 0x80. */
static bool probe_mbr(struct span head, struct volume *v)
{
	bool used = false;

	if (!has_magic(head, 510, "\x55\xaa", 2))
		return false;
	for (const uint8_t *entry = head.data + 446; entry < head.data + 510; entry += 16) {
		if (entry[0] & 0x7f)
			return false;
		used = used || (entry[4] && get_le32(entry + 8) && get_le32(entry + 12));
	}
	if (used)
		memcpy(v->type, "MBR", sizeof("MBR"));
	return used;
}

/* GPT has a copy of its header in the last sector. */
static void probe_gpt_tail(struct span tail, struct volume *v)
{
	if (has_magic(tail, tail.size - 512, GPT_MAGIC, 8) || has_magic(tail, tail.size - 4096, GPT_MAGIC, 8))
		memcpy(v->type, "GPT", sizeof("GPT"));
}

bool volume_superblock(struct span head, struct volume *v)
{
	uint64_t end;
	size_t page = swap_area(head, &end);

	if (page)
		head.size = page;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];

		if (!has_magic(head, kind->magic_at, kind->magic, kind->magic_size))
			continue;
		take_names(head, kind, v);
		if (strcmp(kind->type, "crypto_LUKS") == 0)
			take_label(head, 168, 39, v->uuid, sizeof(v->uuid)); /* as text */
		if (strcmp(kind->type, "LVM2_member") == 0)
			take_lvm_uuid(head, v);
		if (strcmp(kind->type, "f2fs") == 0)
			take_utf16(head, 1024 + 124, 24, v->label, sizeof(v->label));
		return true;
	}
	if (probe_ext(head, v) || probe_fat(head, v) || probe_mbr(head, v))
		return true;
	if (page)
		take_names(head, &swap, v);
	return page != 0;
}

/* A GUID has its first three fields little-endian. */
static void write_guid(const uint8_t *b, char *text, size_t size)
{
	uint8_t uuid[16] = {b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]};

	memcpy(uuid + 8, b + 8, 8);
	write_uuid(uuid, text, size);
}

static bool gpt_partition(struct span disk, uint32_t sector_size, uint32_t number, struct volume *v)
{
	struct span header = span_part(disk, sector_size, 92), entry;
	uint32_t count, entry_size;
	uint64_t lba;

	if (!header.size || memcmp(header.data, GPT_MAGIC, 8) != 0 || !span_le64(header, 72, &lba) ||
	    !span_le32(header, 80, &count) || !span_le32(header, 84, &entry_size))
		return false;
	if (number > count || entry_size < 128 || entry_size > 4096 || lba > disk.size)
		return false;
	entry = span_part(disk, lba * sector_size + (uint64_t)(number - 1) * entry_size, 128);
	if (!entry.size || all_zero(span_part(entry, 0, 16)))
		return false;
	write_guid(entry.data + 16, v->partuuid, sizeof(v->partuuid));
	take_utf16(entry, 56, 36, v->partlabel, sizeof(v->partlabel));
	return true;
}

/* The kernel's name for an MBR partition, also a logical one: the disk's signature and the number. */
static bool mbr_partition(struct span disk, uint32_t number, struct volume *v)
{
	uint32_t signature;
	uint16_t mark;

	if (!span_le16(disk, 510, &mark) || mark != 0xaa55 || !span_le32(disk, 440, &signature) || signature == 0)
		return false;
	snprintf(v->partuuid, sizeof(v->partuuid), "%08x-%02x", signature, number);
	return true;
}

bool volume_partition(struct span disk, uint32_t sector_size, uint32_t number, struct volume *v)
{
	if (number == 0 || sector_size < 512 || sector_size > 65536)
		return false;
	return gpt_partition(disk, sector_size, number, v) || mbr_partition(disk, number, v);
}

/*
 * A member of an md array with its superblock at the end (1.0, 0.90) may begin with the array's file system. That does
 * not belong to the member: mounted from half of a mirror, it would make the halves differ. (blkid does the same.)
 */
static bool probe_md_tail(const struct volume_bytes *bytes, uint64_t swap_end, struct volume *v)
{
	struct md_place place[MD_PLACES];
	int places = md_places(bytes->size, place);
	struct md_super super;

	for (int i = 0; i < places; i++) {
		uint64_t at = place[i].offset - (bytes->size - bytes->tail.size);

		if (place[i].offset < swap_end || place[i].offset < bytes->size - bytes->tail.size ||
		    at >= bytes->tail.size ||
		    !md_super_read(span_part(bytes->tail, at, bytes->tail.size - at), &place[i], &super))
			continue;
		memcpy(v->type, "linux_raid_member", sizeof("linux_raid_member"));
		memcpy(v->uuid, super.uuid, sizeof(v->uuid));
		v->label[0] = 0;
		return true;
	}
	return false;
}

void volume_probe(const struct volume_bytes *bytes, struct volume *volume)
{
	uint64_t swap_end;

	swap_area(bytes->head, &swap_end);
	if ((bytes->tail.size > bytes->size || !probe_md_tail(bytes, swap_end, volume)) &&
	    !volume_superblock(bytes->head, volume))
		probe_gpt_tail(bytes->tail, volume);
	volume_partition(bytes->disk, bytes->sector_size, bytes->number, volume);
}

/* The rest of a line that starts with a key, if there is no such name yet. */
static void take_name(struct span line, const char *key, char *name, size_t size)
{
	size_t length = strlen(key);

	if (name[0] || line.size < length || memcmp(line.data, key, length) != 0)
		return;
	line = span_part(line, length, line.size - length < size ? line.size - length : size - 1);
	if (line.size)
		memcpy(name, line.data, line.size);
	name[line.size] = 0;
}

void volume_take_uevent(struct span text, struct volume *volume)
{
	while (text.size) {
		struct span line = span_take_line(&text);

		take_name(line, "PARTUUID=", volume->partuuid, sizeof(volume->partuuid));
		take_name(line, "PARTNAME=", volume->partlabel, sizeof(volume->partlabel));
	}
}
