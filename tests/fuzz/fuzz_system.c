/*
 * What the running system says in texts: the table of mounts, memory, a partition's uevent, what pstore kept of a log.
 */
#include "dump/log_text.h"
#include "fmt/volume_probe.h"
#include "fuzz/input.h"
#include "host/mount_lines.h"
#include "sys/meminfo.h"
#include "sys/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mounts(struct span text)
{
	struct mount_table table;
	struct error e;

	if (mount_table_parse(&table, part_text(text), &e) < 0)
		abort();
	for (size_t i = 0; i < table.count; i++)
		if (!mount_table_has(&table, &table.entries[i]) || !table.entries[i].source || !table.entries[i].root)
			abort();
	mount_table_free(&table);
}

/* The mount point that is found holds the directory. */
static void check_found(const struct mount_line *line, const char *directory)
{
	size_t length = strlen(line->dir);

	if (strcmp(line->dir, "/") != 0 &&
	    (strncmp(directory, line->dir, length) != 0 || (directory[length] && directory[length] != '/')))
		abort();
}

static void check_lines(struct span text)
{
	static const char *const directories[] = {"/", "/var/crash", "/var/a b/c"};
	struct mount_line line;
	struct error e;

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		if (mount_line_fstab(text, directories[i], &line, &e) > 0)
			check_found(&line, directories[i]);
		if (mount_line_mountinfo(text, directories[i], &line, &e) > 0)
			check_found(&line, directories[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	struct volume volume = {.type = ""};
	char when[LOG_TEXT_WHEN], *zero_ended = part_text(text);
	struct meminfo memory;

	check_mounts(text);
	check_lines(text);
	meminfo_parse(zero_ended, &memory);
	free(zero_ended);
	volume_take_uevent(text, &volume);
	if (strlen(volume.partuuid) >= sizeof(volume.partuuid) || strlen(volume.partlabel) >= sizeof(volume.partlabel))
		abort();
	if (log_text_find_end(text, when) && strlen(when) >= LOG_TEXT_WHEN)
		abort();
	return 0;
}
