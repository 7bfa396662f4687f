/* savecore: copies a dump from a raw device into the directory of dumps, after the next boot. */
#include <string.h>

#include "shared/savecore_device.h"

static const struct option options[] = {
	{'C', NULL, NULL, "only report whether there is a dump to save; exit status 0: yes, 1: no, 3: not known"},
	{'c', NULL, NULL, "mark the dump as saved without saving it; the next dump may overwrite it"},
	{'f', NULL, NULL, "save a dump that is already marked as saved"},
	{0},
};

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	enum savecore_action action = SAVECORE_SAVE;
	const char *device = NULL, *directory = NULL;
	struct error e;
	int id;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		if (id == 'C')
			action = SAVECORE_CHECK;
		else if (id == 'c')
			action = SAVECORE_CLEAR;
		else if (id == 'f')
			action = SAVECORE_AGAIN;
		else if (!device)
			device = o.value;
		else if (!directory)
			directory = o.value;
		else
			return applet_usage("unexpected argument '%s'", o.value);
	}
	if (!device)
		return applet_usage("missing DEVICE");
	return savecore_device(device, directory ? directory : "/var/crash", action);
}

const struct applet applet_savecore = {
	.name = "savecore",
	.usage = "[-C | -c | -f] DEVICE [DIRECTORY]",
	.help = "Copies the dump that dump-save wrote onto a raw DEVICE (a path, UUID=, LABEL=, PARTUUID=,\n"
		"PARTLABEL=, or an image of one in a file) into a new directory below DIRECTORY, by default\n"
		"/var/crash, checks every byte of it, and marks it as saved. For a swap device, run it before\n"
		"'swapon'.\n\n"
		"Exit status: 0 saved, or nothing to save; 1 not saved; 2 wrong usage; 3 saved, but not whole.",
	.options = options,
	.run = run,
};
