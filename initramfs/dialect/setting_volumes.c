#include "dialect/setting_volumes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/conf.h"
#include "fmt/dm_table.h"
#include "dialect/setting_keys.h"
#include "script/script_writer.h"

enum {
	MD_UUID_DIGITS = 32,
	MD_NUMBER_MAX = 7, /* digits of /dev/md's number */
	DM_LINES = 32,     /* of one device: what dm-create takes */
	DM_NAME_MAX = 127,
	DM_LINE_MAX = 1000,
	SLACK = 10,        /* seconds for making a device whose parts are there */
	MEMBERS_MAX = 384, /* of an array: what md's superblocks have room for */
	MEMBERS_USUAL = 4, /* where a line does not say how many */
	STRIPES = 256,     /* drivers/md/raid5.h NR_STRIPES: each has a page and a bio of each member */
	STRIPE_MEMBER = 4096 + 512,
	STRIPE_HEAD = 2048,
	STRIPE_MORE = 512 << 10, /* measured: what the personality takes besides */
	CRYPT_USE = 2 << 20,     /* measured; 1 MiB of it is dm-crypt's pool of BIO_MAX_VECS pages */
};

static const char *const levels[][2] = {{"raid0", "raid0"},   {"raid1", "raid1"},     {"raid10", "raid10"},
					{"raid4", "raid456"}, {"raid5", "raid456"},   {"raid6", "raid456"},
					{"linear", "linear"}, {"linear", "md_linear"}};

static const char *const dm_types[][2] = {
	{"linear", "dm_mod"},
	{"striped", "dm_mod"},
	{"crypt", "dm_crypt"},
};

static struct span text_span(const char *text)
{
	return span_of(text, strlen(text));
}

static bool is_word(struct span word, const char *text)
{
	return word.size == strlen(text) && memcmp(word.data, text, word.size) == 0;
}

/* Whether a line's first word is that name. */
static bool is_named(const char *line, struct span name)
{
	struct span rest = text_span(line), word = conf_word(&rest);

	return word.size == name.size && memcmp(word.data, name.data, name.size) == 0;
}

bool plan_makes(const struct plan *plan, const char *device)
{
	static const char mapper[] = "/dev/mapper/";
	bool mapped = strncmp(device, mapper, strlen(mapper)) == 0;
	const struct string_list *names = mapped ? &plan->dm : &plan->md;

	for (size_t i = 0; i < names->count; i++)
		if (is_named(names->item[i], text_span(mapped ? device + strlen(mapper) : device)))
			return true;
	return false;
}

/* Adds a line with single blanks between its words. */
static int add_line(struct string_list *names, const char *text, struct error *e)
{
	struct buffer line CLEANUP(buffer_deinit) = {0};
	struct span rest = text_span(text);

	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest))
		buffer_print(&line, "%s%.*s", line.size ? " " : "", (int)word.size, (const char *)word.data);
	if (buffer_check(&line, e) < 0)
		return -e->code;
	return string_list_add(names, buffer_span(&line), e) < 0 ? -ENOMEM : 0;
}

/* --- md --- */

static bool is_md_device(struct span word)
{
	static const char prefix[] = "/dev/md";
	size_t digits = word.size - strlen(prefix);

	if (word.size <= strlen(prefix) || memcmp(word.data, prefix, strlen(prefix)) != 0 || digits >= MD_NUMBER_MAX)
		return false;
	for (size_t i = strlen(prefix); i < word.size; i++)
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
	return true;
}

static bool is_md_uuid(struct span word)
{
	int digits = 0;

	/* A separator between any two digits, and no more. */
	if (word.size >= 2 * MD_UUID_DIGITS)
		return false;
	for (size_t i = 0; i < word.size; i++) {
		if (!strchr("0123456789abcdefABCDEF:-", word.data[i]) || !word.data[i])
			return false;
		digits += word.data[i] != ':' && word.data[i] != '-';
	}
	return digits == MD_UUID_DIGITS;
}

static bool is_level(struct span word)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (is_word(word, levels[i][0]))
			return true;
	return false;
}

/* "members=4", or 0. */
static unsigned read_members(struct span word)
{
	static const char name[] = "members=";
	unsigned members = 0;
	size_t i = strlen(name);

	if (word.size <= i || memcmp(word.data, name, i) != 0)
		return 0;
	for (; i < word.size && word.data[i] >= '0' && word.data[i] <= '9' && members <= MEMBERS_MAX; i++)
		members = members * 10 + (unsigned)(word.data[i] - '0');
	return i == word.size && members <= MEMBERS_MAX ? members : 0;
}

int setting_md(struct plan *plan, const struct setting *s, struct error *e)
{
	struct span rest = text_span(s->value), device = conf_word(&rest), uuid = conf_word(&rest), word;
	bool level;

	if (!is_md_device(device))
		return setting_bad(s, e, "the array's device comes first: /dev/md and a number");
	for (size_t i = 0; i < plan->md.count; i++)
		if (is_named(plan->md.item[i], device))
			return setting_bad(s, e, "this device is made by another line already; take another number");
	if (!is_md_uuid(uuid))
		return setting_bad(s, e, "behind the device comes the array's UUID, as 'mdadm --detail' shows it");
	word = conf_word(&rest);
	level = is_level(word);
	if (level)
		word = conf_word(&rest);
	else
		setting_note(s, "names no level, such as raid5: its driver's module must be among extra_modules");
	if (read_members(word))
		word = conf_word(&rest);
	if (is_word(word, "force"))
		word = conf_word(&rest);
	if (word.size)
		return setting_bad(s, e,
				   "behind the UUID stand a level (raid0, raid1, raid4, raid5, raid6, raid10, linear), "
				   "members=N and 'force', or nothing");
	return add_line(&plan->md, s->value, e);
}

/* --- dm --- */

/* As LVM and cryptsetup make them; the others would be escaped in /dev/mapper. */
static bool is_dm_name(struct span word)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:+@-";

	for (size_t i = 0; i < word.size; i++)
		if (!word.data[i] || !strchr(good, word.data[i]))
			return false;
	return word.size && word.size <= DM_NAME_MAX && word.data[0] != '-' && !is_word(word, "control");
}

static const char *dm_module(struct span type)
{
	for (size_t i = 0; i < sizeof(dm_types) / sizeof(dm_types[0]); i++)
		if (is_word(type, dm_types[i][0]))
			return dm_types[i][1];
	return NULL;
}

/* A MAJOR:MINOR in it would be another device at capture time. */
static bool has_number(struct span words)
{
	for (struct span word = conf_word(&words); word.size; word = conf_word(&words)) {
		size_t i = 0, colons = 0;

		for (; i < word.size && ((word.data[i] >= '0' && word.data[i] <= '9') || word.data[i] == ':'); i++)
			colons += word.data[i] == ':';
		if (i == word.size && colons == 1 && word.data[0] != ':' && word.data[i - 1] != ':')
			return true;
	}
	return false;
}

/* The lines of one device follow one another from sector 0 on. */
static const char *wrong_place(const struct plan *plan, struct span name, const struct dm_line *line)
{
	uint64_t end = 0;
	int lines = 0;

	for (size_t i = 0; i < plan->dm.count; i++) {
		struct span rest = text_span(plan->dm.item[i]);
		struct dm_line before;

		conf_word(&rest);
		if (!is_named(plan->dm.item[i], name) || !dm_line_read(rest, &before))
			continue;
		end = before.start + before.length;
		lines++;
	}
	if (lines == DM_LINES)
		return "a device has at most 32 lines";
	if (line->start != end)
		return lines ? "it must start where the device's line before ends"
			     : "a device's first line starts at 0";
	return NULL;
}

/* Whether a word can be a number of sectors, and no key. */
static bool is_count(struct span word)
{
	for (size_t i = 0; i < word.size; i++)
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
	return word.size > 0 && word.size <= sizeof("18446744073709551615") - 1;
}

/*
 * What may be shown of a line: somewhere in a crypt table stands a key, and where a line is wrong nobody knows where.
 * A linear or striped one is shown as a whole, of others what comes before the first word that may be a key.
 */
static void hide_key(const char *line, char out[DM_LINE_MAX])
{
	struct span rest = text_span(line), word = conf_word(&rest), before = rest;
	size_t size = strlen(line);

	for (int i = 0; i < 2 && is_count(word = conf_word(&rest)); i++)
		before = rest;
	if (is_count(word) && (word = conf_word(&rest)).size && is_word(word, "crypt"))
		before = rest;
	if (!is_word(word, "linear") && !is_word(word, "striped"))
		size -= before.size;
	snprintf(out, DM_LINE_MAX, "%.*s%s", (int)size, line, line[size] ? "..." : "");
}

static int add_crypt(struct plan *plan, const struct setting *s, struct span name, const struct dm_line *line,
		     struct error *e)
{
	char words[DM_LINE_MAX], text[2 * DM_LINE_MAX];

	if (crypt_words(plan, s, name, line->words, words, sizeof(words), e) < 0)
		return -e->code;
	snprintf(text, sizeof(text), "%.*s %" PRIu64 " %" PRIu64 " crypt %s", (int)name.size, (const char *)name.data,
		 line->start, line->length, words);
	return add_line(&plan->dm, text, e);
}

int setting_dm(struct plan *plan, const struct setting *setting, struct error *e)
{
	struct span rest = text_span(setting->value), name = conf_word(&rest);
	char shown[DM_LINE_MAX];
	struct setting hidden = *setting, *s = &hidden;
	struct dm_line line;
	const char *wrong;

	hide_key(setting->value, shown);
	hidden.value = shown;

	if (!is_dm_name(name))
		return setting_bad(s, e, "a name comes first, of letters, digits and _ . : + @ -");
	if (!dm_line_read(rest, &line))
		return setting_bad(
			s, e, "behind the name comes a line as 'dmsetup table' prints it: START LENGTH TYPE WORDS");
	if (!dm_module(line.type))
		return setting_bad(s, e, "of the types of lines there are linear, striped and crypt");
	if (strpbrk(setting->value, "'#\\") || strlen(setting->value) > DM_LINE_MAX)
		return setting_bad(s, e, "the line is too long, or has a quote, '#' or '\\' in it");
	if (has_number(line.words))
		return setting_bad(
			s, e,
			"a device's number may be another's at capture time; write UUID= or PARTUUID= and what "
			"'blkid' shows, /dev/md0 or /dev/mapper/NAME");
	wrong = wrong_place(plan, name, &line);
	if (wrong)
		return setting_bad(s, e, wrong);
	if (is_word(line.type, "crypt"))
		return add_crypt(plan, s, name, &line, e);
	return add_line(&plan->dm, setting->value, e);
}

/* --- modules --- */

static int want_level(struct modules *modules, struct span level, struct error *e)
{
	const char *name = NULL;

	/* linear has two names: the kernel's has changed. */
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!is_word(level, levels[i][0]))
			continue;
		if (!name || modules_known(modules, levels[i][1]) || modules_builtin(modules, levels[i][1]))
			name = levels[i][1];
	}
	return name ? modules_want(modules, name, e) : 0;
}

int plan_want_volumes(const struct plan *plan, struct modules *modules, struct error *e)
{
	for (size_t i = 0; i < plan->md.count; i++) {
		struct span rest = text_span(plan->md.item[i]);

		conf_word(&rest);
		conf_word(&rest);
		if (modules_want(modules, "md_mod", e) < 0 || want_level(modules, conf_word(&rest), e) < 0)
			return error_context(e, "md %.64s", plan->md.item[i]);
	}
	for (size_t i = 0; i < plan->dm.count; i++) {
		struct span rest = text_span(plan->dm.item[i]), name = conf_word(&rest);
		struct dm_line line;

		if (!dm_line_read(rest, &line))
			continue;
		if (modules_want(modules, dm_module(line.type), e) < 0 ||
		    (is_word(line.type, "crypt") && plan_want_cipher(modules, line.words, e) < 0))
			return error_context(e, "dm %.*s", (int)name.size, (const char *)name.data);
	}
	return 0;
}

/* --- the script --- */

static int put_word(struct buffer *out, struct span word, struct error *e)
{
	char text[DM_LINE_MAX + 1];

	snprintf(text, sizeof(text), "%.*s", (int)word.size, (const char *)word.data);
	buffer_print(out, " ");
	return script_word(out, text, e);
}

static int write_md(struct buffer *out, const char *text, struct error *e)
{
	struct span rest = text_span(text), device = conf_word(&rest), uuid = conf_word(&rest), word;
	bool force = false;

	for (word = conf_word(&rest); word.size; word = conf_word(&rest))
		force = is_word(word, "force");
	buffer_print(out, "md-assemble -t %d%s", PLAN_DEVICE_WAIT, force ? " -f" : "");
	if (put_word(out, device, e) < 0 || put_word(out, uuid, e) < 0)
		return -e->code;
	buffer_print(out, "\n");
	return 0;
}

/* The devices of a line; *any: whether one came before. */
static int write_devices(struct buffer *out, struct span line, bool *any, struct error *e)
{
	for (struct span word = conf_word(&line); word.size; word = conf_word(&line)) {
		if (!dm_word_is_device(word))
			continue;
		if (!*any)
			buffer_print(out, "wait-device -t %d", PLAN_DEVICE_WAIT);
		*any = true;
		if (put_word(out, word, e) < 0)
			return -e->code;
	}
	return 0;
}

/* All lines of the device that item first is the first of. */
static int write_dm(struct buffer *out, const struct plan *plan, size_t first, struct error *e)
{
	struct span rest = text_span(plan->dm.item[first]), name = conf_word(&rest);
	bool any = false;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = first; i < plan->dm.count; i++) {
			struct span line = text_span(plan->dm.item[i]);

			if (!is_named(plan->dm.item[i], name))
				continue;
			conf_word(&line);
			line = span_part(line, 1, line.size - 1);
			if (pass == 0 ? write_devices(out, line, &any, e) < 0 : put_word(out, line, e) < 0)
				return -e->code;
		}
		if (pass == 0) {
			buffer_print(out, "%sdm-create", any ? " && " : "");
			if (put_word(out, name, e) < 0)
				return -e->code;
		}
	}
	buffer_print(out, "\n");
	return 0;
}

/* Whether an item is the first line of its device. */
static bool is_first(const struct plan *plan, size_t item)
{
	struct span rest = text_span(plan->dm.item[item]), name = conf_word(&rest);

	for (size_t i = 0; i < item; i++)
		if (is_named(plan->dm.item[i], name))
			return false;
	return true;
}

int script_write_volumes(struct buffer *out, const struct plan *plan, struct error *e)
{
	for (size_t i = 0; i < plan->md.count; i++)
		if (write_md(out, plan->md.item[i], e) < 0)
			return -e->code;
	for (size_t i = 0; i < plan->dm.count; i++)
		if (is_first(plan, i) && write_dm(out, plan, i, e) < 0)
			return -e->code;
	return 0;
}

/* A RAID 4, 5 or 6 has its stripe cache. */
static uint64_t array_memory(const char *item)
{
	struct span rest = text_span(item);
	unsigned members = MEMBERS_USUAL;
	bool stripes = false;

	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest)) {
		stripes = stripes || is_word(word, "raid4") || is_word(word, "raid5") || is_word(word, "raid6");
		if (read_members(word))
			members = read_members(word);
	}
	return stripes ? (uint64_t)STRIPES * (STRIPE_HEAD + members * STRIPE_MEMBER) + STRIPE_MORE : 0;
}

uint64_t plan_volumes_memory(const struct plan *plan)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < plan->md.count; i++)
		bytes += array_memory(plan->md.item[i]);
	for (size_t i = 0; i < plan->dm.count; i++) {
		struct span rest = text_span(plan->dm.item[i]);
		struct dm_line line;

		conf_word(&rest);
		bytes += dm_line_read(rest, &line) && is_word(line.type, "crypt") ? CRYPT_USE : 0;
	}
	return bytes;
}

unsigned script_volumes_time(const struct plan *plan)
{
	size_t devices = plan->md.count;

	for (size_t i = 0; i < plan->dm.count; i++)
		devices += is_first(plan, i);
	return (unsigned)devices * (PLAN_DEVICE_WAIT + SLACK);
}
