/* savecore: a dump that lies on a raw device, into the directory of dumps, after the next boot. */
#include <string.h>

#include "shared/savecore_device.h"

static const struct option options[] = {
	{'C', NULL, NULL, "only say whether there is a dump to save; exit status 0: there is"},
	{'c', NULL, NULL, "mark the dump as saved without saving it: the device is free for the next"},
	{'f', NULL, NULL, "save a dump again that is marked as saved"},
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
		if (id == OPTION_HELP)
			return applet_help();
		if (id < 0 && id != OPTION_OPERAND)
			return applet_usage_error(&e);
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
			return applet_usage("one DEVICE and one DIRECTORY are enough");
	}
	if (!device)
		return applet_usage("from which device?");
	return savecore_device(device, directory ? directory : "/var/crash", action);
}

const struct applet applet_savecore = {
	.name = "savecore",
	.usage = "[-C | -c | -f] DEVICE [DIRECTORY]",
	.help = "Saves the dump that dump-save has written onto a raw DEVICE (a path, UUID=, LABEL=, PARTUUID=,\n"
		"PARTLABEL=, or an image of one in a file) into a new directory below DIRECTORY, by default\n"
		"/var/crash, checks every byte of it, and marks it as saved. To be run before 'swapon' where the\n"
		"device is for swapping.\n\n"
		"Exit status: 0 saved, or nothing to save; 1 not saved; 2 wrong usage; 3 saved, but not whole.",
	.options = options,
	.run = run,
};
