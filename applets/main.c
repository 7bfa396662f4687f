/*
 * The multicall binary: finds the applet by the program's name, or by the first argument.
 */
#include "applet.h"

#include <stdio.h>
#include <string.h>

static const struct applet *const applets[] = {
#define APPLET(symbol) &applet_##symbol,
#include "applets.def"
#undef APPLET
	NULL,
};

static int list_applets(FILE *out)
{
	fprintf(out,
		"crashbox %s: a capture environment for Linux kernel crashes, in one binary\n\n"
		"usage: crashbox APPLET [ARGUMENT]...\n"
		"   or: APPLET [ARGUMENT]...   by a link of that name\n"
		"   or: crashbox APPLET --help\n\nApplets:\n",
		CRASHBOX_VERSION);
	for (const struct applet *const *a = applets; *a; a++)
		fprintf(out, "  %-12s %s\n", (*a)->name, (*a)->usage);
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = argc < 1 ? "crashbox" : slash ? slash + 1 : argv[0];
	const struct applet *applet;

	applet_table = applets;
	applet = applet_find(name);
	if (applet)
		return applet_run(applet, argc, argv);
	if (argc < 2) {
		list_applets(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0)
		return list_applets(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		printf("crashbox %s\n", CRASHBOX_VERSION);
		return STATUS_DONE;
	}
	applet = applet_find(argv[1]);
	if (!applet) {
		fprintf(stderr, "crashbox: unknown applet '%s'; 'crashbox --help' lists them\n", argv[1]);
		return STATUS_USAGE;
	}
	return applet_run(applet, argc - 1, argv + 1);
}
