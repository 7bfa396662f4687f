#include "dialect/setting_volumes.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "dialect/setting_keys.h"
#include "fmt/conf.h"
#include "fmt/dm_table.h"
#include "text/word.h"

enum {
	MD_UUID_DIGITS = 32,
	DM_LINES = 32,     /* of one device: the limit of dm-create */
	MEMBERS_MAX = 384, /* of an array: the limit of md's superblocks */
};

static const char digits[] = "0123456789";

/* --- md --- */

static bool is_md_device(const char *device)
{
	static const char prefix[] = "/dev/md";

	return strncmp(device, prefix, strlen(prefix)) == 0 && device[strlen(prefix)] &&
	       text_only(device + strlen(prefix), digits) && strlen(device) <= strlen(prefix) + 6;
}

static bool is_md_uuid(const char *uuid)
{
	int count = 0;

	for (const char *p = uuid; *p; p++)
		count += *p != ':' && *p != '-';
	return count == MD_UUID_DIGITS && text_only(uuid, "0123456789abcdefABCDEF:-");
}

/* What is wrong with an array, or NULL. */
static const char *wrong_array(const struct plan *plan, const struct md_array *array)
{
	if (!is_md_device(array->device))
		return "write the array's device first: /dev/md and a number";
	if (plan_makes(plan, array->device))
		return "another line already makes this device; use another number";
	if (!is_md_uuid(array->uuid))
		return "after the device comes the array's UUID, as 'mdadm --detail' shows it";
	return NULL;
}

int setting_array(struct plan *plan, const struct setting *s, const struct md_array *array, struct error *e)
{
	const char *wrong = wrong_array(plan, array);

	if (wrong)
		return setting_bad(s, e, wrong);
	if (!array->level)
		setting_note(s, "names no level, such as raid5: add its driver's module to extra_modules");
	return md_arrays_add(&plan->md, array, e);
}

/* "members=4", or 0. */
static unsigned read_members(struct span word)
{
	static const char name[] = "members=";
	unsigned members = 0;
	size_t i = strlen(name);

	if (word.size <= i || memcmp(word.data, name, i) != 0)
		return 0;
	for (; i < word.size && isdigit(word.data[i]) && members <= MEMBERS_MAX; i++)
		members = members * 10 + (unsigned)(word.data[i] - '0');
	return i == word.size && members <= MEMBERS_MAX ? members : 0;
}

int setting_md(struct plan *plan, const struct setting *s, struct error *e)
{
	struct span rest = text_span(s->value), word;
	struct md_array array = {.members = 0};

	word_copy(array.device, sizeof(array.device), conf_word(&rest));
	word_copy(array.uuid, sizeof(array.uuid), conf_word(&rest));
	word = conf_word(&rest);
	array.level = md_level_find(word);
	if (array.level)
		word = conf_word(&rest);
	array.members = read_members(word);
	if (array.members)
		word = conf_word(&rest);
	array.force = word_is(word, "force");
	if (array.force)
		word = conf_word(&rest);
	if (word.size && !wrong_array(plan, &array))
		return setting_bad(s, e,
				   "after the UUID come a level (raid0, raid1, raid4, raid5, raid6, raid10, linear), "
				   "members=N and 'force', each optional");
	return setting_array(plan, s, &array, e);
}

/* --- dm --- */

/* Names as LVM and cryptsetup make them; others would be escaped in /dev/mapper. */
static bool is_dm_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:+@-";

	return name[0] && name[0] != '-' && text_only(name, good) && strcmp(name, "control") != 0;
}

bool is_device_number(const char *word)
{
	size_t major = strspn(word, digits);

	return major && word[major] == ':' && word[major + 1] && text_only(word + major + 1, digits);
}

/* Why a line does not continue the device's lines, which start at sector 0; or NULL. */
static const char *wrong_place(const struct mapped_device *device, const struct mapped_line *line)
{
	const struct mapped_line *before = device && device->count ? &device->line[device->count - 1] : NULL;

	if (before && device->count == DM_LINES)
		return "a device has at most 32 lines";
	if (line->start != (before ? before->start + before->length : 0))
		return before ? "it must start where the device's previous line ends"
			      : "a device's first line starts at 0";
	return NULL;
}

/* What is wrong with a line, or NULL. */
static const char *wrong_line(const struct mapped_device *device, const struct mapped_line *line)
{
	static const char number[] = "device numbers may differ at capture time; write UUID= or PARTUUID= and "
				     "what 'blkid' shows, /dev/md0 or /dev/mapper/NAME";

	for (size_t i = 0; i < line->words.count; i++)
		if (strpbrk(line->words.item[i], "'#\\") || text_has_control(line->words.item[i]))
			return "the line contains a quote, '#', '\\' or a control character";
	for (size_t i = 0; i < line->words.count; i++)
		if (is_device_number(line->words.item[i]))
			return number;
	return wrong_place(device, line);
}

/* The device that a new line belongs to. Its first line decides its place, not its key, which comes before. */
static struct mapped_device *device_of(struct mapped_devices *devices, const char *name, struct error *e)
{
	struct mapped_device *device = mapped_devices_find(devices, name), *last, moved;

	if (!device)
		return mapped_devices_add(devices, name, e);
	if (device->count)
		return device;
	moved = *device;
	last = &devices->item[devices->count - 1];
	memmove(device, device + 1, (size_t)(last - device) * sizeof(*device));
	*last = moved;
	return last;
}

int setting_mapped_line(struct plan *plan, const struct setting *s, struct span name, struct mapped_line *line,
			struct error *e)
{
	struct mapped_device *device;
	char own[DM_NAME];
	const char *wrong;

	if (!word_copy(own, sizeof(own), name) || !is_dm_name(own))
		return setting_bad(s, e, "write a name first, of letters, digits and _ . : + @ -");
	device = mapped_devices_find(&plan->dm, own);
	wrong = wrong_line(device, line);
	if (wrong)
		return setting_bad(s, e, wrong);
	if (line->type->encrypted && crypt_check(s, own, device ? &device->key : NULL, line, e) < 0)
		return -e->code;
	if (mapped_line_too_long(own, line))
		return setting_bad(s, e, "the line is too long");
	snprintf(line->where, sizeof(line->where), "%s", s->where);
	device = device_of(&plan->dm, own, e);
	return device ? mapped_device_add_line(device, line, e) : -e->code;
}

int mapped_line_parse(struct mapped_line *line, struct span text, struct error *e)
{
	struct dm_line parts;

	if (!dm_line_read(text, &parts))
		return error_set(e, EINVAL,
				 "after the name comes a line as 'dmsetup table' prints it: START LENGTH TYPE WORDS");
	line->start = parts.start;
	line->length = parts.length;
	line->type = mapped_type_find(parts.type);
	if (!line->type)
		return error_set(e, ENOTSUP, "unsupported type; write linear, striped or crypt");
	for (struct span word = conf_word(&parts.words); word.size; word = conf_word(&parts.words))
		if (string_list_add(&line->words, word, e) < 0)
			return -e->code;
	return 0;
}

/* Whether a word can be a number of sectors and not a key. */
static bool is_count(struct span word)
{
	for (size_t i = 0; i < word.size; i++)
		if (!isdigit(word.data[i]))
			return false;
	return word.size > 0 && word.size <= sizeof("18446744073709551615") - 1;
}

/*
 * Copies what may be shown of a line: a crypt line contains a key, and in a wrong line it may be anywhere. Linear and
 * striped lines are shown whole, others up to the first word that may be a key.
 */
static void hide_key(const char *line, char *out, size_t room)
{
	struct span rest = text_span(line), word = conf_word(&rest), before = rest;
	size_t size = strlen(line);

	for (int i = 0; i < 2 && is_count(word = conf_word(&rest)); i++)
		before = rest;
	if (is_count(word) && (word = conf_word(&rest)).size && word_is(word, "crypt"))
		before = rest;
	if (!word_is(word, "linear") && !word_is(word, "striped"))
		size -= before.size;
	snprintf(out, room, "%.*s%s", (int)size, line, line[size] ? "..." : "");
}

int setting_dm(struct plan *plan, const struct setting *setting, struct error *e)
{
	struct mapped_line line CLEANUP(mapped_line_deinit) = {.start = 0};
	struct span rest = text_span(setting->value), name = conf_word(&rest);
	struct setting s = *setting;
	char shown[1024];

	hide_key(setting->value, shown, sizeof(shown));
	s.value = shown;
	if (mapped_line_parse(&line, rest, e) < 0)
		return error_context(e, "%s: %s %.128s", s.where, s.name, s.value);
	return setting_mapped_line(plan, &s, name, &line, e);
}
