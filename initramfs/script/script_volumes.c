#include "script/script_volumes.h"

#include "base/cleanup.h"
#include "fmt/dm_table.h"
#include "script/script_word.h"
#include "text/word.h"

enum { SLACK = 10 }; /* seconds for making a device whose parts exist */

static void put_word(struct buffer *out, const char *word, struct error *e)
{
	buffer_print(out, " ");
	script_word(out, word, e);
}

static void write_md(struct buffer *out, const struct md_array *array, struct error *e)
{
	buffer_print(out, "md-assemble -t %d%s", PLAN_DEVICE_WAIT, array->force ? " -f" : "");
	put_word(out, array->device, e);
	put_word(out, array->uuid, e);
	buffer_print(out, "\n");
}

/* Waits for the devices that the lines name. */
static void write_wait(struct buffer *out, const struct mapped_device *device, struct error *e)
{
	bool any = false;

	for (size_t i = 0; i < device->count; i++) {
		const struct string_list *words = &device->line[i].words;

		for (size_t j = 0; j < words->count; j++) {
			if (!dm_word_is_device(text_span(words->item[j])))
				continue;
			if (!any)
				buffer_print(out, "wait-device -t %d", PLAN_DEVICE_WAIT);
			any = true;
			put_word(out, words->item[j], e);
		}
	}
	if (any)
		buffer_print(out, " && ");
}

static void write_dm(struct buffer *out, const struct mapped_device *device, struct error *e)
{
	write_wait(out, device, e);
	buffer_print(out, "dm-create");
	put_word(out, device->name, e);
	for (size_t i = 0; i < device->count; i++) {
		struct buffer line CLEANUP(buffer_deinit) = {0};

		mapped_line_print(&line, &device->line[i]);
		out->failed |= line.failed;
		put_word(out, buffer_text(&line), e);
	}
	buffer_print(out, "\n");
}

void script_write_volumes(struct buffer *out, const struct plan *plan, struct error *e)
{
	for (size_t i = 0; i < plan->md.count; i++)
		write_md(out, &plan->md.item[i], e);
	for (size_t i = 0; i < plan->dm.count; i++)
		if (plan->dm.item[i].count)
			write_dm(out, &plan->dm.item[i], e);
}

unsigned script_volumes_time(const struct plan *plan)
{
	size_t devices = plan->md.count;

	for (size_t i = 0; i < plan->dm.count; i++)
		devices += plan->dm.item[i].count > 0;
	return (unsigned)devices * (PLAN_DEVICE_WAIT + SLACK);
}
