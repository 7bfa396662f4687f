/*
 * mkcaptureinitrd: makes the image that a capture kernel boots, from a configuration in kdump.conf's dialect.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/options.h"
#include "sys/file.h"

#include "cmdline.h"
#include "image.h"
#include "capture_kernel.h"
#include "output.h"
#include "plan.h"
#include "script.h"
#include "unpack.h"

enum status { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

enum {
	CONF_MAX = 1024 * 1024,
	BINARY_MAX = 64 * 1024 * 1024,
	KERNEL_MAX = 1024 * 1024 * 1024,
};

enum { BINARY = 256, APPEND, CMDLINE, SCRIPT, VERSION };

static const struct option table[] = {
	{'c', NULL, "CONF", "the configuration, in kdump.conf's dialect: crashbox.conf(5)"},
	{'k', NULL, "KERNEL", "the capture kernel: bzImage, arm64 Image, vmlinux"},
	{'m', NULL, "MODULES", "its modules, in a directory that depmod has filled: /lib/modules/VERSION"},
	{'o', NULL, "OUT", "write the image to this file"},
	{BINARY, "binary", "FILE", "the crashbox binary; default: beside this program"},
	{APPEND, "append", "WORDS", "put these behind the kernel command line, and behind cmdline_append's"},
	{CMDLINE, "cmdline", NULL, "print the command line that the capture kernel should get"},
	{SCRIPT, "script", NULL, "print the script that the image will run"},
	{VERSION, "version", NULL, "print the version"},
	{0},
};

/* What was asked for; all borrowed from the command line. */
struct request {
	const char *conf, *kernel, *modules, *out, *binary, *append;
	bool cmdline, script;
};

/* Everything that is made on the way. */
struct work {
	const struct request *request;
	struct log log;
	struct plan plan;
	struct capture_kernel kernel; /* arch and release are empty without -k */
	struct modules modules;
	struct names module_names;
	struct buffer *module_data;
	struct buffer script;
};

/* --- words for people --- */

static void print_usage(FILE *out)
{
	fprintf(out, "usage: mkcaptureinitrd -c CONF [-k KERNEL] [-m MODULES] [--binary FILE] [-o OUT] "
		     "[--script | --cmdline [--append WORDS]] | --version\n");
}

static int print_help(void)
{
	print_usage(stdout);
	printf("\nMakes the image that a capture kernel boots after a crash: the crashbox binary as its init, the\n"
	       "script that saves the dump, and the modules that this needs. The same input gives the same bytes.\n"
	       "\nOptions:\n");
	for (const struct option *option = table; option->id; option++) {
		const char *arg = option->arg ? option->arg : "";
		char form[64];

		if (option->name)
			snprintf(form, sizeof(form), "    --%s%s%s", option->name, option->arg ? "=" : "", arg);
		else
			snprintf(form, sizeof(form), "-%c %s", option->id, arg);
		printf("  %-20s %s\n", form, option->help);
	}
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

static void print_line(void *context, enum log_level level, const char *text)
{
	(void)context;
	if (level <= LOG_NOTE)
		fprintf(stderr, "mkcaptureinitrd: %s%s\n", level == LOG_NOTE ? "note: " : "warning: ", text);
}

static void print_size(FILE *out, size_t bytes)
{
	fprintf(out, "%zu.%zu KiB", bytes / 1024, bytes % 1024 * 10 / 1024);
}

static void print_summary(FILE *out, const struct work *work, const struct image_sizes *sizes)
{
	const struct plan *plan = &work->plan;

	fprintf(out, "%s: ", work->request->out);
	print_size(out, sizes->packed);
	fprintf(out, " packed, ");
	print_size(out, sizes->unpacked);
	fprintf(out, " unpacked\n");
	for (size_t i = 0; i < plan->nr_targets; i++)
		fprintf(out, "  target   %s %s, in %s%s\n", plan->targets[i].type, plan->targets[i].device, plan->path,
			plan->path[0] ? "" : "/");
	fprintf(out, "  dump     %s, level %u; then %s, without a dump %s\n", plan->collector.elf ? "ELF" : "KDUMP",
		plan->collector.level, action_name(plan->final), action_name(plan->failure));
	fprintf(out, "  modules ");
	for (size_t i = 0; i < work->module_names.count; i++)
		fprintf(out, " %s", work->module_names.item[i]);
	if (work->module_names.count) {
		fprintf(out, " (");
		print_size(out, sizes->modules);
		fprintf(out, ")\n");
	} else {
		fprintf(out, " none\n");
	}
}

/* --- the work --- */

static int read_conf(struct work *work, struct error *e)
{
	char *text CLEANUP(free_ptr) = NULL;
	size_t size;

	if (file_read(work->request->conf, CONF_MAX, &text, &size, e) < 0)
		return error_context(e, "reading the configuration");
	if (plan_init(&work->plan, NULL, span_of(text, size), work->request->conf, &work->log, e) < 0)
		return -e->code;
	if (work->plan.nr_targets == 0)
		return error_set(e, EINVAL, "%s: no target: say where the dump goes, in a line such as: ext4 UUID=...",
				 work->request->conf);
	return 0;
}

static int read_kernel(struct work *work, struct error *e)
{
	struct buffer image CLEANUP(buffer_deinit) = {0};

	if (!work->request->kernel)
		return 0;
	if (unpack_file(&image, work->request->kernel, KERNEL_MAX, e) < 0)
		return error_context(e, "reading the kernel");
	if (capture_kernel_identify(&work->kernel, buffer_span(&image), e) < 0)
		return error_context(e, "%s", work->request->kernel);
	return 0;
}

static int read_modules(struct work *work, struct error *e)
{
	const char *dir = work->request->modules;

	if (!dir && work->plan.modules.count)
		return error_set(e, EINVAL, "%s: extra_modules needs -m, the directory of the kernel's modules",
				 work->request->conf);
	if (!dir)
		return 0;
	if (modules_open(&work->modules, dir, &work->log, e) < 0)
		return -e->code;
	for (size_t i = 0; i < work->plan.modules.count; i++)
		if (modules_want(&work->modules, work->plan.modules.item[i], e) < 0)
			return error_context(e, "%s: extra_modules", work->request->conf);
	for (size_t i = 0; i < work->plan.nr_targets; i++)
		if (modules_want_filesystem(&work->modules, work->plan.targets[i].type, e) < 0)
			return error_context(e, "%s", dir);
	return image_read_modules(&work->modules, dir, work->kernel.release, &work->module_names, &work->module_data,
				  e);
}

/* Beside this program, in a build tree and where it is installed; for another machine, where the build puts that. */
static int find_binary(const struct work *work, char path[PATH_MAX], struct error *e)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0)
		return error_errno(e, "/proc/self/exe");
	self[n] = 0;
	slash = strrchr(self, '/');
	if (slash)
		*slash = 0;
	if (work->kernel.arch != ARCH_UNKNOWN &&
	    snprintf(path, PATH_MAX, "%s/%s/crashbox", self, arch_name(work->kernel.arch)) < PATH_MAX &&
	    access(path, F_OK) == 0)
		return 0;
	if (snprintf(path, PATH_MAX, "%s/crashbox", self) >= PATH_MAX)
		return error_set(e, ENAMETOOLONG, "%.100s...: the name is too long", self);
	if (access(path, F_OK) != 0) {
		error_errno(e, "%s", path);
		return error_hint(e, "build the crashbox binary (make), or name it with --binary");
	}
	return 0;
}

static int read_binary(struct work *work, char path[PATH_MAX], char **data, size_t *size, struct error *e)
{
	enum arch arch;

	if (work->request->binary)
		snprintf(path, PATH_MAX, "%s", work->request->binary);
	else if (find_binary(work, path, e) < 0)
		return -e->code;
	if (file_read(path, BINARY_MAX, data, size, e) < 0)
		return error_context(e, "reading the crashbox binary");
	if (binary_identify(&arch, span_of(*data, *size), e) < 0)
		return error_context(e, "%s", path);
	if (work->kernel.arch != ARCH_UNKNOWN && work->kernel.arch != arch)
		return error_set(e, EINVAL,
				 "%s is for %s, but the kernel %s is for %s\nbuild it with 'make ARCH=%s', and name "
				 "it with --binary",
				 path, arch_name(arch), work->request->kernel, arch_name(work->kernel.arch),
				 arch_name(work->kernel.arch));
	work->kernel.arch = arch;
	return 0;
}

/* SOURCE_DATE_EPOCH, in seconds (reproducible-builds.org), or 0. */
static int read_time(uint32_t *mtime, struct error *e)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;
	unsigned long long value;

	*mtime = 0;
	if (!text || !text[0])
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || value > UINT32_MAX)
		return error_set(e, EINVAL, "SOURCE_DATE_EPOCH is '%.64s', not a number of seconds below 2^32", text);
	*mtime = (uint32_t)value;
	return 0;
}

static int make_image(struct work *work, FILE *summary, struct error *e)
{
	const struct request *request = work->request;
	struct image_parts parts = {
		.script = buffer_span(&work->script), .modules = &work->module_names, .module = work->module_data};
	struct buffer packed CLEANUP(buffer_deinit) = {0};
	char *binary CLEANUP(free_ptr) = NULL;
	char path[PATH_MAX];
	const char *const inputs[] = {request->conf, request->kernel, path};
	struct image_sizes sizes;

	if (read_time(&parts.mtime, e) < 0 || read_binary(work, path, &binary, &parts.binary.size, e) < 0)
		return -e->code;
	parts.binary.data = (const uint8_t *)binary;
	if (output_check(request->out, inputs, sizeof(inputs) / sizeof(inputs[0]), e) < 0 ||
	    image_pack(&packed, &parts, &sizes, e) < 0 || output_write(request->out, buffer_span(&packed), e) < 0)
		return -e->code;
	print_summary(summary, work, &sizes);
	return 0;
}

static int print_cmdline(struct work *work, struct error *e)
{
	const char *append = work->request->append ? work->request->append : "";
	struct buffer words CLEANUP(buffer_deinit) = {0}, line CLEANUP(buffer_deinit) = {0};

	buffer_print(&words, "%s%s%s", work->plan.append, work->plan.append[0] && append[0] ? " " : "", append);
	if (cmdline_write(&line, &work->kernel, work->module_names.count > 0, buffer_text(&words), e) < 0)
		return -e->code;
	if (!work->request->kernel)
		log_line(&work->log, LOG_NOTE, "without -k the words that depend on the kernel are left out");
	if (!strstr(buffer_text(&line), "console="))
		log_line(&work->log, LOG_NOTE,
			 "the capture will be seen on the default console only; for a serial one: "
			 "cmdline_append console=ttyS0,115200");
	printf("%s\n", buffer_text(&line));
	return 0;
}

static int run(struct work *work, struct error *e)
{
	const struct request *request = work->request;

	if (read_conf(work, e) < 0 || read_kernel(work, e) < 0 || read_modules(work, e) < 0 ||
	    script_write(&work->script, &work->plan, &work->module_names, e) < 0)
		return -e->code;
	/* What is asked for on standard output stands there alone. */
	if (request->out && make_image(work, request->script || request->cmdline ? stderr : stdout, e) < 0)
		return -e->code;
	if (request->script)
		fputs(buffer_text(&work->script), stdout);
	if (request->cmdline && print_cmdline(work, e) < 0)
		return -e->code;
	return 0;
}

/* --- the command line --- */

static void take(struct request *request, int id, const char *value)
{
	switch (id) {
	case 'c':
		request->conf = value;
		break;
	case 'k':
		request->kernel = value;
		break;
	case 'm':
		request->modules = value;
		break;
	case 'o':
		request->out = value;
		break;
	case BINARY:
		request->binary = value;
		break;
	case APPEND:
		request->append = value;
		break;
	case CMDLINE:
		request->cmdline = true;
		break;
	case SCRIPT:
		request->script = true;
		break;
	}
}

/* Returns STATUS_DONE with the request, or another status once all is said; -1 where there is nothing more to do. */
static int parse(struct request *request, int argc, char **argv)
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
		take(request, id, options.value);
	}
	if (!request->conf)
		return usage("no configuration: name it with -c");
	if (request->cmdline && request->script)
		return usage("--cmdline and --script exclude each other: each prints what a program may read");
	if (!request->out && !request->cmdline && !request->script)
		return usage("nothing to do: write an image with -o, or print something with --cmdline or --script");
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	struct request request = {0};
	struct work work = {.request = &request, .log = {.line = print_line}};
	struct error e = {.code = 0};
	int status = parse(&request, argc, argv);

	if (status == STATUS_DONE && run(&work, &e) < 0) {
		fprintf(stderr, "mkcaptureinitrd: %s\n", e.text);
		status = STATUS_FAILED;
	}
	image_free_modules(&work.module_names, work.module_data);
	modules_deinit(&work.modules);
	plan_deinit(&work.plan);
	buffer_deinit(&work.script);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status <= 0) {
		fprintf(stderr, "mkcaptureinitrd: writing to standard output: %m\n");
		status = STATUS_FAILED;
	}
	return status < 0 ? STATUS_DONE : status;
}
