/*
 * Members of md arrays and lines of device-mapper tables: the input as a superblock at each place of a device, and as a
 * table; a line "|" makes two UUIDs of it.
 */
#include "dialect/setting_volumes.h"
#include "fmt/dm_table.h"
#include "fmt/md_super.h"
#include "fuzz/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_super(struct span in, const struct md_place *place)
{
	struct md_super super;

	if (md_super_read(in, place, &super) && (strlen(super.uuid) != 36 || super.active > UINT32_MAX))
		abort();
}

static void check_supers(struct span in)
{
	static const struct md_place fixed[] = {
		{.major = 1, .minor = 2, .offset = 4096}, {.major = 1, .minor = 1}, {0}};
	struct md_place place[MD_PLACES];
	uint64_t device = in.size >= 8 ? get_le64(in.data) : in.size;
	int places = md_places(device, place);

	if (places > MD_PLACES)
		abort();
	for (int i = 0; i < places; i++)
		check_super(in, &place[i]);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		check_super(in, &fixed[i]);
}

static bool is_inside(struct span part, struct span whole)
{
	return !part.size || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size);
}

static void check_line(struct span text)
{
	struct mapped_line line = {.where = "f:1"};
	struct dm_line raw;
	struct error e;

	if (dm_line_read(text, &raw)) {
		if (!is_inside(raw.type, text) || !is_inside(raw.words, text))
			abort();
		dm_word_is_device(raw.words);
	}
	mapped_line_parse(&line, text, &e);
	mapped_line_deinit(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), table = in;
	char *text = part_text(in), *half = strchr(text, '|');

	check_supers(in);
	while (table.size)
		check_line(span_take_line(&table));
	if (half) {
		*half = 0;
		if (md_uuid_same(text, half + 1) != md_uuid_same(half + 1, text))
			abort();
	}
	free(text);
	return 0;
}
