#include "plan/volume.h"

#include <inttypes.h>
#include <stdio.h>

#include "text/array.h"
#include "text/word.h"

/* --- md --- */

static const struct md_level levels[] = {
	{"raid0", {"raid0"}, false},
	{"raid1", {"raid1"}, false},
	{"raid10", {"raid10"}, false},
	{"raid4", {"raid456"}, true},
	{"raid5", {"raid456"}, true},
	{"raid6", {"raid456"}, true},
	{"linear", {"linear", "md_linear"}, false},
};

const struct md_level *md_level_find(struct span name)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (word_is(name, levels[i].name))
			return &levels[i];
	return NULL;
}

int md_arrays_add(struct md_arrays *arrays, const struct md_array *array, struct error *e)
{
	struct md_array *larger = array_grow(arrays->item, arrays->count, sizeof(*larger), e);

	if (!larger)
		return -e->code;
	arrays->item = larger;
	arrays->item[arrays->count++] = *array;
	return 0;
}

void md_arrays_deinit(struct md_arrays *arrays)
{
	free(arrays->item);
	*arrays = (struct md_arrays){0};
}

/* --- device mapper --- */

static const struct mapped_type types[] = {
	{"linear", "dm_mod", false},
	{"striped", "dm_mod", false},
	{"crypt", "dm_crypt", true},
};

const struct mapped_type *mapped_type_find(struct span name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (word_is(name, types[i].name))
			return &types[i];
	return NULL;
}

void mapped_line_print(struct buffer *out, const struct mapped_line *line)
{
	buffer_print(out, "%" PRIu64 " %" PRIu64 " %s%s", line->start, line->length, line->type->name,
		     line->words.count ? " " : "");
	string_list_print(out, &line->words);
}

void mapped_line_deinit(struct mapped_line *line)
{
	string_list_deinit(&line->words);
}

struct mapped_device *mapped_devices_find(const struct mapped_devices *devices, const char *name)
{
	for (size_t i = 0; i < devices->count; i++)
		if (strcmp(devices->item[i].name, name) == 0)
			return &devices->item[i];
	return NULL;
}

struct mapped_device *mapped_devices_add(struct mapped_devices *devices, const char *name, struct error *e)
{
	struct mapped_device *larger = array_grow(devices->item, devices->count, sizeof(*larger), e);

	if (!larger)
		return NULL;
	devices->item = larger;
	snprintf(larger[devices->count].name, DM_NAME, "%s", name);
	return &larger[devices->count++];
}

int mapped_device_add_line(struct mapped_device *device, struct mapped_line *line, struct error *e)
{
	struct mapped_line *larger = array_grow(device->line, device->count, sizeof(*larger), e);

	if (!larger)
		return -e->code;
	device->line = larger;
	device->line[device->count++] = *line;
	line->words = (struct string_list){0};
	return 0;
}

bool mapped_device_encrypted(const struct mapped_device *device)
{
	for (size_t i = 0; i < device->count; i++)
		if (device->line[i].type->encrypted)
			return true;
	return false;
}

void mapped_devices_deinit(struct mapped_devices *devices)
{
	for (size_t i = 0; i < devices->count; i++) {
		struct mapped_device *device = &devices->item[i];

		for (size_t j = 0; j < device->count; j++)
			mapped_line_deinit(&device->line[j]);
		free(device->line);
		free(device->key.file);
	}
	free(devices->item);
	*devices = (struct mapped_devices){0};
}
