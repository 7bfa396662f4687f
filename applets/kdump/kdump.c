/*
 * The running system's side: loads the capture kernel with the image that mkcaptureinitrd made, and says whether this
 * machine is armed.
 */
#include "kdump/kdump.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"

enum { OPT_CONF = 256, OPT_IMAGE, OPT_KERNEL, OPT_APPEND, OPT_ROOT, OPT_LOAD_MODULES };

static const struct option options[] = {
	{OPT_CONF, "conf", "FILE", "the configuration; default: /etc/crashbox.conf, or that of another package"},
	{OPT_IMAGE, "image", "FILE", "the image; default: the configuration's, or /var/lib/crashbox/capture.img"},
	{OPT_KERNEL, "kernel", "FILE", "the capture kernel; default: the one that the image was made for"},
	{OPT_APPEND, "append", "WORDS", "put these behind the command line that the image asks for"},
	{OPT_LOAD_MODULES, "load-modules", NULL, "rehearse: load modules of the image that are not loaded here"},
	{OPT_ROOT, "root", "DIR", "look at the tree in DIR in place of this system's; nothing is loaded then"},
	{0},
};

bool kdump_make_run(void)
{
	mkdir("/run", 0755);
	return mkdir(KDUMP_RUN, 0755) == 0 || errno == EEXIST;
}

static int run_verb(const struct kdump_request *r, struct kdump_facts *f)
{
	const char *verb = r->verb;

	if (strcmp(verb, "status") == 0)
		return kdump_status(f);
	if (strcmp(verb, "check") == 0)
		return kdump_check(f);
	if (strcmp(verb, "save") == 0)
		return kdump_save(f);
	if (strcmp(verb, "query") == 0)
		return kdump_query(r, f);
	if (strcmp(verb, "rehearse") == 0)
		return kdump_rehearse(r, f);
	if (strcmp(verb, "stop") == 0)
		return kdump_stop(r, f);
	if (strcmp(verb, "reload") == 0)
		return kdump_reload(r, f);
	return kdump_start(r, f, strcmp(verb, "restart") == 0);
}

static int check_verb(const char *verb, struct error *e)
{
	static const char *const verbs[] = {"start", "stop",     "restart", "reload", "status",
					    "check", "rehearse", "query",   "config", "save"};

	if (!verb)
		return error_set(e, EINVAL,
				 "what is to be done: start, stop, restart, reload, status, check, rehearse "
				 "or query?");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verb, verbs[i]) == 0)
			return 0;
	return error_set(e, EINVAL, "'%s' is not known here", verb);
}

static int take_option(struct kdump_request *r, int id, const char *value, struct error *e)
{
	switch (id) {
	case OPT_CONF:
		r->conf = value;
		return 0;
	case OPT_IMAGE:
		r->image = value;
		return 0;
	case OPT_KERNEL:
		r->kernel = value;
		return 0;
	case OPT_APPEND:
		r->append = value;
		return 0;
	case OPT_ROOT:
		r->root = value;
		return 0;
	case OPT_LOAD_MODULES:
		r->load_modules = true;
		return 0;
	default:
		if (r->verb)
			return error_set(e, EINVAL, "unexpected argument '%s'", value);
		r->verb = value;
		return 0;
	}
}

static int parse(struct kdump_request *r, struct options *o, struct error *e)
{
	int id;

	while ((id = options_next(o, options, e)) != 0) {
		if (id == OPTION_HELP || (id < 0 && id != OPTION_OPERAND))
			return id;
		if (take_option(r, id, o->value, e) < 0)
			return -EINVAL;
	}
	return check_verb(r->verb, e);
}

/* A tree is looked at from inside: all names in it then mean what they mean when it is booted. */
static int enter(const struct kdump_request *r, struct error *e)
{
	if (geteuid() != 0)
		return error_set(e, EPERM, "this needs root");
	if (r->root && (chroot(r->root) != 0 || chdir("/") != 0))
		return error_errno(e, "%s", r->root);
	return 0;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct kdump_request request = {.verb = NULL};
	struct error e = {.code = 0};
	struct kdump_facts facts = {.loaded = 0};
	int status, result = parse(&request, &o, &e);

	if (result == OPTION_HELP)
		return applet_help();
	if (result < 0)
		return applet_usage_error(&e);
	if (enter(&request, &e) < 0 || kdump_facts_init(&facts, &request, &e) < 0)
		status = applet_error(&e);
	else
		status = run_verb(&request, &facts);
	kdump_facts_deinit(&facts);
	return status;
}

const struct applet applet_kdump = {
	.name = "kdump",
	.usage = "start|stop|restart|reload|status|check|rehearse|query|config|save [--conf FILE] [--image FILE]"
		 " [--kernel FILE] [--append WORDS] [--load-modules] [--root DIR]",
	.help = "Loads the capture kernel with the image that mkcaptureinitrd made, and says whether this machine is "
		"armed.\n"
		"  start     load, where it is not loaded as it should be (config: the same)\n"
		"  stop      unload\n"
		"  restart   load anew in any case\n"
		"  reload    load anew what is loaded: memory or CPUs have come or gone\n"
		"  status    armed or not, in one line, and how the last capture ended; exit status 0: armed, 1: not,\n"
		"            3: armed, but not as it should be\n"
		"  check     the same at length, with what keeps a crash from becoming a dump\n"
		"  rehearse  go through the capture script up to a write of 1 MiB to the target\n"
		"  query     print what the image will do\n"
		"  save      copy the dump from the image's raw devices into its directory, before swapon",
	.options = options,
	.run = run,
};
