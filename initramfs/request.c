#include "request.h"

#include <errno.h>
#include <stdio.h>

#include "base/options.h"

enum { BINARY = 256, APPEND, CMDLINE, DIALECT, HOSTONLY, ROOT, SCRIPT, SHOW_CONFIG, VERSION };

static const struct option table[] = {
	{'c', NULL, "CONF", "the configuration, in kdump.conf's dialect: crashbox.conf(5)"},
	{'k', NULL, "KERNEL", "the capture kernel: bzImage, arm64 Image, vmlinux"},
	{'m', NULL, "MODULES", "its modules, in a directory that depmod has filled: /lib/modules/VERSION"},
	{'o', NULL, "OUT", "write the image to this file"},
	{BINARY, "binary", "FILE", "the crashbox binary; default: beside this program"},
	{APPEND, "append", "WORDS", "put these behind the kernel command line, and behind cmdline_append's"},
	{CMDLINE, "cmdline", NULL, "print the command line that the capture kernel should get"},
	{DIALECT, "dialect", "NAME",
	 "what the configuration is written in: kdump, suse, debian, lkcd; default: its content tells"},
	{HOSTONLY, "hostonly", NULL, "the image is for this machine: its disks and their drivers are looked up"},
	{ROOT, "root", "DIR", "the target system lies staged here: its fstab, hooks and programs"},
	{SCRIPT, "script", NULL, "print the script that the image will run"},
	{SHOW_CONFIG, "show-config", NULL, "print what the configuration comes to, as kdump.conf"},
	{VERSION, "version", NULL, "print the version"},
	{0},
};

static void print_usage(FILE *out)
{
	fprintf(out, "usage: mkcaptureinitrd -c CONF [--dialect NAME] [--hostonly | --root DIR] [-k KERNEL] [-m "
		     "MODULES] [--binary FILE] "
		     "[-o OUT] [--script | --show-config | --cmdline [--append WORDS]] | --version\n");
}

static int print_help(void)
{
	char form[OPTION_FORM];

	print_usage(stdout);
	printf("\nMakes the image that a capture kernel boots after a crash: the crashbox binary as its init, the\n"
	       "script that saves the dump, and the modules that this needs. The same input gives the same bytes.\n"
	       "\nOptions:\n");
	for (const struct option *option = table; option->id; option++)
		printf("  %-20s %s\n", option_form(option, form), option->help);
	printf("  %-20s %s\n", "    --help", "print this help");
	return STATUS_DONE;
}

static int usage(const char *text)
{
	fprintf(stderr, "mkcaptureinitrd: %s\n", text);
	print_usage(stderr);
	fprintf(stderr, "Try 'mkcaptureinitrd --help'.\n");
	return STATUS_USAGE;
}

/* Options that print: each asks for standard output alone. */
static int take_print(struct request *request, enum print print)
{
	if (request->print != PRINT_NOTHING && request->print != print)
		return -EINVAL;
	request->print = print;
	return 0;
}

/* Returns -EINVAL for a second thing to print. */
static int take(struct request *request, int id, const char *value)
{
	switch (id) {
	case 'c':
		request->conf = value;
		return 0;
	case 'k':
		request->kernel = value;
		return 0;
	case 'm':
		request->modules = value;
		return 0;
	case 'o':
		request->out = value;
		return 0;
	case DIALECT:
		request->dialect = value;
		return 0;
	case HOSTONLY:
		request->hostonly = true;
		return 0;
	case ROOT:
		request->root = value;
		return 0;
	case BINARY:
		request->binary = value;
		return 0;
	case APPEND:
		request->append = value;
		return 0;
	case CMDLINE:
		return take_print(request, PRINT_CMDLINE);
	case SHOW_CONFIG:
		return take_print(request, PRINT_CONFIG);
	case SCRIPT:
		return take_print(request, PRINT_SCRIPT);
	}
	return 0;
}

int request_parse(struct request *request, int argc, char **argv)
{
	struct options options = {.argc = argc, .argv = argv};
	struct error e;
	int id;

	while ((id = options_next(&options, table, &e)) != 0) {
		if (id == OPTION_HELP)
			return print_help(), -1;
		if (id == VERSION)
			return printf("mkcaptureinitrd %s\n", CRASHBOX_VERSION), -1;
		if (id == OPTION_OPERAND)
			error_set(&e, EINVAL, "'%.64s' is too much: every file is named by an option", options.value);
		if (id < 0)
			return usage(e.text);
		if (take(request, id, options.value) < 0)
			return usage("only one of --cmdline, --script and --show-config at a time: each prints what a "
				     "program may read");
	}
	if (!request->conf)
		return usage("no configuration: name it with -c");
	if (request->hostonly && request->root)
		return usage("--hostonly and --root exclude each other: the system that crashes is this one, or staged "
			     "there");
	if (!request->out && request->print == PRINT_NOTHING)
		return usage("nothing to do: write an image with -o, or print something, such as --script");
	return STATUS_DONE;
}
