#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/options.h"

enum {
	APPEND = 256,
	AS,
	BINARY,
	CHECK_CONFIG,
	CMDLINE,
	CONCAT,
	CRASHKERNEL,
	DIALECT,
	DRIVERS,
	FORMAT,
	HOSTONLY,
	JSON,
	LIST,
	MINIMUM,
	MODULE,
	REPORT,
	ROOT,
	SCRIPT,
	SHOW_CONFIG,
	STRICT,
	VERSION,
	WHY,
};

static const struct option table[] = {
	{'c', NULL, "CONF", "the configuration: crashbox.conf(5) or another kdump's; see --dialect"},
	{'k', NULL, "KERNEL", "the capture kernel: bzImage, arm64 Image or vmlinux"},
	{'m', NULL, "MODULES", "the directory of its modules, with depmod's files: /lib/modules/VERSION"},
	{'o', NULL, "OUT", "write the image to this file"},
	{MODULE, "module", "NAME", "include this module too, as if in extra_modules; may be given more than once"},
	{DRIVERS, "drivers", "NAME", "common: include the drivers of common disks, and say what they cost"},
	{STRICT, "strict", NULL, "fail, instead of warning, if no driver of the target's disk is named"},
	{DIALECT, "dialect", "NAME", "dialect of CONF: kdump, suse, debian, lkcd; default: recognised by its options"},
	{HOSTONLY, "hostonly", NULL, "make the image for this machine: find its disks and their drivers"},
	{ROOT, "root", "DIR", "the system that crashes is staged here: use its fstab, hooks and programs"},
	{BINARY, "binary", "FILE", "the crashbox binary; default: the one beside this program"},
	{FORMAT, "format", "NAME", "how to compress the image: gzip (default), none or lz4"},
	{CONCAT, "concat", "FILE", "put this image in front; may be given more than once"},
	{CRASHKERNEL, "crashkernel", "SIZE",
	 "the reservation, such as 64M; exit status 4 if the capture does not fit into it"},
	{APPEND, "append", "WORDS", "add these words to the kernel command line, after those of cmdline_append"},
	{SCRIPT, "script", NULL, "print the script that the image runs"},
	{SHOW_CONFIG, "show-config", NULL, "print what the configuration results in, in the dialect of kdump.conf"},
	{CMDLINE, "cmdline", NULL, "print the command line that the capture kernel should get"},
	{WHY, "why", NULL, "with --cmdline: print the reason for each word"},
	{REPORT, "report", NULL, "print what is in the reservation at its tightest moments"},
	{JSON, "json", NULL, "print the report as JSON, for programs"},
	{MINIMUM, "minimum", NULL, "print the smallest reservation that is enough, such as 58M"},
	{LIST, "list", "IMAGE", "print what is in an image, made by this or another tool"},
	{CHECK_CONFIG, "check-config", "FILE", "check a kernel's .config against what crashbox needs"},
	{AS, "as", "ROLE", "with --check-config: check for one role only, production or capture"},
	{VERSION, "version", NULL, "print the version"},
	{0},
};

static const char usage_text[] =
	"usage: mkcaptureinitrd -c CONF [-k KERNEL] [-m MODULES] [--module NAME]... [-o OUT]\n"
	"           [--drivers common] [--strict] [--dialect NAME] [--hostonly | --root DIR] [--binary FILE] [--format "
	"NAME]\n"
	"           [--concat FILE]... [--crashkernel SIZE] [--append WORDS]\n"
	"           [--script | --show-config | --cmdline [--why] | --report | --json | --minimum]\n"
	"       mkcaptureinitrd --list IMAGE\n"
	"       mkcaptureinitrd --check-config FILE [--as ROLE]\n"
	"       mkcaptureinitrd --version\n";

static int print_help(void)
{
	char form[OPTION_FORM];

	fputs(usage_text, stdout);
	printf("\nMakes the image that a capture kernel boots after a crash: the crashbox binary as its init, the\n"
	       "script that saves the dump, and the kernel modules it needs. The same input gives the same bytes.\n"
	       "\nOptions:\n");
	for (const struct option *option = table; option->id; option++)
		printf("  %-23s %s\n", option_form(option, form), option->help);
	printf("  %-23s %s\n", "    --help", "print this help");
	return STATUS_DONE;
}

static int usage(const char *text)
{
	fprintf(stderr, "mkcaptureinitrd: %s\n", text);
	fprintf(stderr, "Try 'mkcaptureinitrd --help'.\n");
	return STATUS_USAGE;
}

/* The output that an option asks for, or PRINT_NOTHING. */
static enum print what_it_prints(int id)
{
	static const struct {
		int id;
		enum print print;
	} prints[] = {{SCRIPT, PRINT_SCRIPT},   {SHOW_CONFIG, PRINT_CONFIG},
		      {CMDLINE, PRINT_CMDLINE}, {REPORT, PRINT_REPORT},
		      {JSON, PRINT_JSON},       {MINIMUM, PRINT_MINIMUM},
		      {LIST, PRINT_LIST},       {CHECK_CONFIG, PRINT_CHECK_CONFIG}};

	for (size_t i = 0; i < sizeof(prints) / sizeof(prints[0]); i++)
		if (prints[i].id == id)
			return prints[i].print;
	return PRINT_NOTHING;
}

static int take_print(struct request *request, enum print print, const char *value, struct error *e)
{
	/* --report with --json is the report as JSON. */
	if ((request->print == PRINT_REPORT && print == PRINT_JSON) ||
	    (request->print == PRINT_JSON && print == PRINT_REPORT))
		print = PRINT_JSON;
	else if (request->print != PRINT_NOTHING && request->print != print)
		return error_set(e, EINVAL, "only one thing can be printed at a time, so that a program can read it");
	request->print = print;
	request->operand = value;
	return 0;
}

static int take_word(struct request_list *list, const char *value, struct error *e)
{
	if (list->count == REQUEST_LIST)
		return error_set(e, E2BIG, "'%.64s' is one too many: %d can be given", value, REQUEST_LIST);
	list->item[list->count++] = value;
	return 0;
}

/* The member for an option's text, or NULL. */
static const char **text_of(struct request *r, int id)
{
	const struct {
		int id;
		const char **text;
	} texts[] = {{'c', &r->conf},        {'k', &r->kernel}, {'m', &r->modules},   {'o', &r->out},
		     {APPEND, &r->append},   {AS, &r->role},    {BINARY, &r->binary}, {CRASHKERNEL, &r->crashkernel},
		     {DIALECT, &r->dialect}, {ROOT, &r->root}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].id == id)
			return texts[i].text;
	return NULL;
}

static int take(struct request *request, int id, const char *value, struct error *e)
{
	const char **text = text_of(request, id);
	enum print print = what_it_prints(id);

	if (print != PRINT_NOTHING)
		return take_print(request, print, value, e);
	if (text)
		*text = value;
	else if (id == FORMAT)
		return compress_format_read(&request->format, value, e);
	else if (id == CONCAT)
		return take_word(&request->concat, value, e);
	else if (id == MODULE)
		return take_word(&request->drivers, value, e);
	else if (id == DRIVERS && strcmp(value, "common") != 0)
		return error_set(e, EINVAL, "--drivers '%.64s': it takes 'common'; --module names single drivers",
				 value);
	else if (id == DRIVERS)
		request->common_drivers = true;
	else if (id == STRICT)
		request->strict = true;
	else if (id == HOSTONLY)
		request->hostonly = true;
	else if (id == WHY)
		request->why = true;
	return 0;
}

bool request_asks_budget(const struct request *request)
{
	return request->crashkernel || request->print == PRINT_REPORT || request->print == PRINT_JSON ||
	       request->print == PRINT_MINIMUM;
}

/* What is wrong with the combination of options, or NULL. */
static const char *contradiction(const struct request *request)
{
	if (request->role && request->print != PRINT_CHECK_CONFIG)
		return "--as needs --check-config";
	if (request->why && request->print != PRINT_CMDLINE)
		return "--why needs --cmdline";
	if (request->print == PRINT_LIST || request->print == PRINT_CHECK_CONFIG)
		return request->out ? "--list and --check-config make no image: leave out -o" : NULL;
	if (!request->conf)
		return "missing configuration: name it with -c";
	if (request->hostonly && request->root)
		return "--hostonly and --root exclude each other: either this machine or the staged system crashes";
	if (request_asks_budget(request) && !request->kernel)
		return "the memory budget depends on the kernel: name it with -k";
	if (!request->out && request->print == PRINT_NOTHING)
		return "nothing to do: write an image with -o, or print something, for example with --script";
	return NULL;
}

int request_parse(struct request *request, int argc, char **argv)
{
	struct options options = {.argc = argc, .argv = argv};
	struct error e;
	int id;

	request->format = COMPRESSION_GZIP;
	while ((id = options_next(&options, table, &e)) != 0) {
		if (id == OPTION_HELP)
			return print_help(), -1;
		if (id == VERSION)
			return printf("mkcaptureinitrd %s\n", CRASHBOX_VERSION), -1;
		if (id == OPTION_OPERAND)
			error_set(&e, EINVAL, "unexpected '%.64s': name each file with an option", options.value);
		if (id < 0 || id == OPTION_OPERAND || take(request, id, options.value, &e) < 0)
			return usage(e.text);
	}
	if (request->crashkernel && !request->out && request->print == PRINT_NOTHING)
		request->print = PRINT_REPORT;
	return contradiction(request) ? usage(contradiction(request)) : STATUS_DONE;
}
