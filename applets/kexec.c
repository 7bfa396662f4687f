#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "base/cleanup.h"
#include "fmt/kernel_cmdline.h"
#include "shared/kexec_files.h"
#include "sys/file.h"
#include "sys/kexec_call.h"

enum { CMDLINE_MAX = 4096, OPT_INITRD = 256, OPT_RAMDISK, OPT_APPEND, OPT_COMMAND_LINE, OPT_REUSE };

static const struct option options[] = {
	{'p', "load-panic", NULL, "load KERNEL to run when this one panics"},
	{'l', "load", NULL, "load KERNEL for -e to start"},
	{'e', "exec", NULL, "start the loaded kernel now, without an orderly shutdown"},
	{'u', "unload", NULL, "unload the loaded kernel; with -p the capture kernel"},
	{'S', "status", NULL,
	 "print whether the capture kernel (with -l: the kernel) is loaded; exit status 1: loaded, 0: not"},
	{'s', "kexec-file-syscall", NULL, "load by kexec_file_load (the default)"},
	{'c', "kexec-syscall", NULL, "load by kexec_load: not supported yet"},
	{'a', "kexec-syscall-auto", NULL, "load by whichever works; now the same as -s"},
	{'d', "debug", NULL, "print what is done"},
	{OPT_INITRD, "initrd", "FILE", "the initial RAM disk"},
	{OPT_RAMDISK, "ramdisk", "FILE", "the same as --initrd"},
	{OPT_APPEND, "append", "STRING", "the kernel's command line; with --reuse-cmdline, added to it"},
	{OPT_COMMAND_LINE, "command-line", "STRING", "the same as --append"},
	{OPT_REUSE, "reuse-cmdline", NULL, "use this kernel's command line, without what the next one must not have"},
	{0},
};

struct job {
	char action; /* 'p', 'l', 'e', 'u', 'S' or 0 */
	bool panic, debug, reuse;
	const char *kernel, *initrd, *append;
	char cmdline[CMDLINE_MAX];
};

static int make_cmdline(struct job *job, struct error *e)
{
	char *old CLEANUP(free_ptr) = NULL;
	size_t size;
	int result = 0;

	if (job->reuse) {
		result = file_read("/proc/cmdline", CMDLINE_MAX, &old, &size, e);
		if (result == 0)
			result = cmdline_reuse(old, job->panic, job->cmdline, CMDLINE_MAX, e);
	}
	return result == 0 ? cmdline_add(job->cmdline, CMDLINE_MAX, job->append, e) : result;
}

static int load(struct job *job, struct error *e)
{
	struct kexec_load files = {.kernel = job->kernel,
				   .initrd = job->initrd,
				   .cmdline = job->cmdline,
				   .capture = job->panic,
				   .debug = job->debug};
	int before = kexec_loaded(job->panic, e);

	if (make_cmdline(job, e) < 0)
		return -e->code;
	if (job->panic && cmdline_has(job->cmdline, "crashkernel"))
		applet_say("warning: crashkernel= on the capture kernel's own command line takes memory from it");
	if (kexec_load_paths(&files, e) < 0)
		return job->panic ? kexec_load_failed(before, e) : -e->code;
	if (job->debug)
		applet_say("loaded");
	return STATUS_DONE;
}

/* Returns 1 for loaded and 0 for not, as kexec-tools does; STATUS_USAGE if the kernel does not say. */
static int print_status(const struct job *job, struct error *e)
{
	int loaded = kexec_loaded(job->panic, e);

	if (loaded < 0) {
		applet_error(e);
		return STATUS_USAGE;
	}
	printf("%s: %s\n", job->panic ? "capture kernel" : "kernel", loaded ? "loaded" : "not loaded");
	return loaded;
}

/* Status, unload and load each apply to either kernel. */
static int take_option(struct job *job, int id, const char *value, bool *load_given, struct error *e)
{
	switch (id) {
	case 'p':
	case 'l':
		job->panic = id == 'p';
		*load_given = true;
		if (!job->action)
			job->action = (char)id;
		return 0;
	case 'e':
	case 'u':
	case 'S':
		/* As with kexec-tools, -S overrides all others, and -u a load. */
		if (job->action != 'S' && (id != 'e' || job->action != 'u'))
			job->action = (char)id;
		return 0;
	case 'c':
		return error_set(e, EINVAL, "-c (kexec_load) is not supported yet; use -s or -a");
	case 'd':
		job->debug = true;
		return 0;
	case OPT_INITRD:
	case OPT_RAMDISK:
		job->initrd = value;
		return 0;
	case OPT_APPEND:
	case OPT_COMMAND_LINE:
		job->append = value;
		return 0;
	case OPT_REUSE:
		job->reuse = true;
		return 0;
	case OPTION_OPERAND:
		if (job->kernel)
			return error_set(e, EINVAL, "more than one kernel: '%s'", value);
		job->kernel = value;
		return 0;
	default:
		return 0; /* -s, -a */
	}
}

static int parse(struct job *job, struct options *o, struct error *e)
{
	bool load_given = false;
	int id;

	while ((id = options_next(o, options, e)) != 0) {
		if (id < 0)
			return id;
		if (take_option(job, id, o->value, &load_given, e) < 0)
			return -EINVAL;
	}
	if (job->action == 'S' && !load_given)
		job->panic = true;
	if (!job->action)
		return error_set(e, EINVAL, "missing action; expected -p, -l, -e, -u or -S");
	if ((job->action == 'p' || job->action == 'l') && !job->kernel)
		return error_set(e, EINVAL, "missing KERNEL");
	return 0;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	struct job job = {.action = 0};
	int result = parse(&job, &o, &e);

	if (result < 0)
		return applet_stop(result, &e);
	switch (job.action) {
	case 'S':
		result = print_status(&job, &e);
		break;
	case 'u':
		result = kexec_unload(job.panic, &e);
		break;
	case 'e':
		result = kexec_loaded(false, &e);
		if (result == 0)
			result = error_set(&e, ENOENT, "no kernel is loaded: load one with -l first");
		else if (result > 0)
			result = kexec_execute(&e);
		break;
	default:
		result = load(&job, &e);
	}
	return result < 0 ? applet_error(&e) : result;
}

const struct applet applet_kexec = {
	.name = "kexec",
	.usage = "-p|-l [-sacd] [--initrd|--ramdisk=FILE] [--append|--command-line=STRING] [--reuse-cmdline] KERNEL"
		 " | -e | [-p] -u | [-l] -S",
	.help = "Loads a kernel into memory: with -p the capture kernel, with the image that mkcaptureinitrd made.\n"
		"The options are kexec-tools'. After a failed load it says whether the machine is still armed.",
	.options = options,
	.run = run,
};
