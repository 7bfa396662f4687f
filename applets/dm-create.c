/* dm-create: makes a mapped device (LVM's linear and striped volumes, dm-crypt) from its table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "fmt/conf.h"
#include "fmt/dm_table.h"
#include "sys/blockdev.h"
#include "sys/dm.h"

enum { LINES = 32, ARGUMENTS = 1024 };

/* The last words of a line: replaces each that names a device by MAJOR:MINOR. */
static int translate(struct span words, char out[ARGUMENTS], struct error *e)
{
	out[0] = 0;
	for (struct span word = conf_word(&words); word.size; word = conf_word(&words)) {
		char text[ARGUMENTS];
		struct blockdev device;
		struct stat st;

		snprintf(text, sizeof(text), "%.*s", (int)word.size, (const char *)word.data);
		if (dm_word_is_device(word)) {
			if (blockdev_find(text, &device, e) < 0)
				return -e->code;
			if (stat(device.path, &st) != 0)
				return error_errno(e, "%s", device.path);
			snprintf(text, sizeof(text), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
		}
		if (!text_add(out, ARGUMENTS, "%s%s", out[0] ? " " : "", text))
			return error_set(e, E2BIG, "a line of the table is longer than %d bytes", ARGUMENTS);
	}
	return 0;
}

/* Ends the type in place, since words follow it; arguments gets the words. */
static int parse_line(char *line, char arguments[ARGUMENTS], struct dm_target *target, struct error *e)
{
	struct dm_line parts;

	if (!dm_line_read(span_of(line, strlen(line)), &parts))
		return error_set(e, EINVAL, "'%.60s': a table line is START LENGTH TYPE and the type's arguments",
				 line);
	*target = (struct dm_target){.start = parts.start, .length = parts.length, .arguments = arguments};
	target->type = (char *)parts.type.data;
	line[(size_t)(parts.type.data - (uint8_t *)line) + parts.type.size] = 0;
	return translate(parts.words, arguments, e);
}

static int create(const char *name, char **lines, size_t count, struct error *e)
{
	char(*arguments)[ARGUMENTS] CLEANUP(free_ptr) = calloc(count, ARGUMENTS);
	struct dm_target targets[LINES];
	unsigned device;

	if (!arguments)
		return error_set(e, ENOMEM, "no memory");
	for (size_t i = 0; i < count; i++)
		if (parse_line(lines[i], arguments[i], &targets[i], e) < 0)
			return error_context(e, "%s", name);
	if (dm_create(name, targets, count, false, &device, e) < 0)
		return -e->code;
	applet_say("/dev/mapper/%s is /dev/dm-%u", name, device);
	return 0;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	static const struct option none[] = {{0}};
	const char *name = NULL;
	char *lines[LINES];
	size_t count = 0;
	struct error e;
	int id;

	while ((id = options_next(&o, none, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		if (!name)
			name = o.value;
		else if (count == LINES)
			return applet_usage("a table of more than %d lines", LINES);
		else
			lines[count++] = argv[o.index - 1];
	}
	if (!count)
		return applet_usage("missing NAME and LINE");
	return create(name, lines, count, &e) < 0 ? applet_error(&e) : STATUS_DONE;
}

const struct applet applet_dm_create = {
	.name = "dm-create",
	.usage = "NAME LINE...",
	.help = "Makes a mapped device from the LINEs of its table, as 'dmsetup table' prints them:\n"
		"START LENGTH TYPE and the type's arguments, in sectors of 512 bytes. A device in them is a path,\n"
		"MAJOR:MINOR, UUID= (also of an LVM physical volume), PARTUUID=, LABEL= or PARTLABEL=.\n"
		"  dm-create dumps '0 4194304 linear UUID=Yc1...-...-w2LqAf 2048'",
	.options = NULL,
	.run = run,
};
