#include "dump/dump_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fmt/elf.h"

#define NOTE_NAME "CRASHBOX"
#define ORDER     "order-" /* before a priority's name: how many pages it has */

enum {
	NOTE_TYPE = 1,
	NAME_SIZE = 12, /* with its zero byte and padding */
	TEXT_AT = 12 + NAME_SIZE,
	TEXT_SIZE = SUMMARY_NOTE_SIZE - TEXT_AT,
};

/* A text of a fixed size; what does not fit is cut. */
struct text {
	char *out;
	size_t size;
};

static void add_number(struct text *t, const char *key, uint64_t value)
{
	text_add(t->out, t->size, "%s %llu\n", key, (unsigned long long)value);
}

void summary_write_note(uint8_t out[SUMMARY_NOTE_SIZE], const struct dump_stats *stats, unsigned level, bool final)
{
	struct text t = {.out = (char *)out + TEXT_AT, .size = TEXT_SIZE};

	memset(out, 0, SUMMARY_NOTE_SIZE);
	put_le32(out, sizeof(NOTE_NAME));
	put_le32(out + 4, TEXT_SIZE);
	put_le32(out + 8, NOTE_TYPE);
	memcpy(out + 12, NOTE_NAME, sizeof(NOTE_NAME));
	add_number(&t, "level", level);
	for (enum page_class c = 0; c < NR_PAGE_CLASSES; c++)
		add_number(&t, page_class_name(c), stats->counts.pages[c]);
	add_number(&t, "damaged", stats->counts.damaged);
	add_number(&t, "first-damaged", stats->counts.first_damaged);
	add_number(&t, "less-filtered", stats->less_filtered);
	for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++)
		if (stats->by_priority[p])
			text_add(t.out, t.size, ORDER "%s %llu\n", page_priority_name(p),
				 (unsigned long long)stats->by_priority[p]);
	if (stats->begun)
		add_number(&t, "begun", 1);
	if (stats->lost)
		add_number(&t, "lost", 1);
	if (!final)
		return;
	add_number(&t, "zero", stats->zero);
	add_number(&t, "unreadable", stats->unreadable);
	add_number(&t, "first-unreadable", stats->first_unreadable);
}

static void take(struct dump_stats *stats, unsigned *level, const char *key, uint64_t value)
{
	const struct {
		const char *key;
		uint64_t *value;
	} numbers[] = {
		{"damaged", &stats->counts.damaged},
		{"first-damaged", &stats->counts.first_damaged},
		{"zero", &stats->zero},
		{"unreadable", &stats->unreadable},
		{"first-unreadable", &stats->first_unreadable},
	};

	if (strcmp(key, "level") == 0)
		*level = (unsigned)value;
	if (strcmp(key, "less-filtered") == 0)
		stats->less_filtered = value != 0;
	if (strcmp(key, "begun") == 0)
		stats->begun = value != 0;
	if (strcmp(key, "lost") == 0)
		stats->lost = value != 0;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(key, numbers[i].key) == 0)
			*numbers[i].value = value;
	for (enum page_class c = 0; c < NR_PAGE_CLASSES; c++)
		if (strcmp(key, page_class_name(c)) == 0)
			stats->counts.pages[c] = value;
	for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++)
		if (strncmp(key, ORDER, strlen(ORDER)) == 0 && strcmp(key + strlen(ORDER), page_priority_name(p)) == 0)
			stats->by_priority[p] = value;
}

/* Lines "key value"; anything else is passed over. */
static void parse(struct span desc, struct dump_stats *stats, unsigned *level)
{
	char text[TEXT_SIZE + 1], *save = NULL;
	size_t size = desc.size < TEXT_SIZE ? desc.size : TEXT_SIZE;

	memcpy(text, desc.data, size);
	text[size] = 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *space = strchr(line, ' ');

		if (!space)
			continue;
		*space = 0;
		take(stats, level, line, strtoull(space + 1, NULL, 10));
	}
}

bool summary_read_note(struct span notes, struct dump_stats *stats, unsigned *level)
{
	struct elf_note note;
	bool found = false;
	size_t pos = 0;

	while (elf_next_note(notes, &pos, &note)) {
		if (!elf_note_is(&note, NOTE_NAME, NOTE_TYPE))
			continue;
		*stats = (struct dump_stats){.pages = 0};
		parse(note.desc, stats, level);
		found = true;
	}
	return found;
}

bool summary_degraded(const struct dump_stats *stats)
{
	return stats->unreadable || stats->counts.damaged || stats->less_filtered;
}

static void add_row(struct text *t, const char *name, uint64_t pages, uint32_t page_size, const char *fate)
{
	text_add(t->out, t->size, "%-14s %12llu %10llu  %s\n", name, (unsigned long long)pages,
		 (unsigned long long)(pages * page_size >> 20), fate);
}

size_t summary_table(char out[SUMMARY_TABLE_SIZE], const struct dump_stats *stats, unsigned level, uint32_t page_size)
{
	struct text t = {.out = out, .size = SUMMARY_TABLE_SIZE};
	uint64_t all = 0;

	out[0] = 0;
	text_add(t.out, t.size, "%-14s %12s %10s  level %u\n", "class", "pages", "MiB", level);
	for (enum page_class c = 0; c < NR_PAGE_CLASSES; c++) {
		all += stats->counts.pages[c];
		if (stats->counts.pages[c])
			add_row(&t, page_class_name(c), stats->counts.pages[c], page_size,
				level_drops(level, c) ? "left out" : "kept");
	}
	if (stats->zero)
		add_row(&t, "zero", stats->zero, page_size, "of those kept: stored once, or left out");
	add_row(&t, "all", all, page_size, "");
	if (stats->less_filtered)
		text_add(t.out, t.size, "degraded: the page array could not be found, so every page is kept\n");
	if (stats->counts.damaged)
		text_add(t.out, t.size,
			 "degraded: the struct pages of %llu pages make no sense, from pfn %#llx on: they are kept\n",
			 (unsigned long long)stats->counts.damaged, (unsigned long long)stats->counts.first_damaged);
	if (stats->unreadable)
		text_add(t.out, t.size, "degraded: %llu pages could not be read, from pfn %#llx on: they are marked\n",
			 (unsigned long long)stats->unreadable, (unsigned long long)stats->first_unreadable);
	if ((level & LEVEL_FREE) && !stats->counts.pages[PAGE_FREE])
		text_add(t.out, t.size,
			 "warning: not one free page was found: is this kernel's page array understood?\n");
	return strlen(out);
}
