/*
 * The running system's side: loads the capture kernel with the image that mkcaptureinitrd made, and says whether this
 * machine is armed.
 */
#include "kdump/kdump_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"

enum { OPT_CONF = 256, OPT_IMAGE, OPT_KERNEL, OPT_APPEND, OPT_ROOT, OPT_LOAD_MODULES };

static const struct option options[] = {
	{OPT_CONF, "conf", "FILE", "configuration file (default: /etc/crashbox.conf, else another package's)"},
	{OPT_IMAGE, "image", "FILE", "image (default: the configuration's, or /var/lib/crashbox/capture.img)"},
	{OPT_KERNEL, "kernel", "FILE", "capture kernel (default: the one that the image was made for)"},
	{OPT_APPEND, "append", "WORDS", "add these to the command line that the image asks for"},
	{OPT_LOAD_MODULES, "load-modules", NULL, "rehearse: load the image's modules that are not loaded here"},
	{OPT_ROOT, "root", "DIR", "examine the system in DIR instead of this one; load nothing"},
	{0},
};

/* The verbs, in the order of the help. */
#define VERBS                                                                                                          \
	VERB("start", "     load the capture kernel, unless what is loaded is current", kdump_start)                   \
	VERB("config", "    the same as start", kdump_start)                                                           \
	VERB("stop", "      unload it", kdump_stop)                                                                    \
	VERB("restart", "   load it again in any case", kdump_restart)                                                 \
	VERB("reload", "    load it again, after memory or CPUs were added or removed", kdump_reload)                  \
	VERB("status",                                                                                                 \
	     "    print in one line whether this machine is armed, and how the last capture ended;\n"                  \
	     "            exit status 0: armed, 1: not armed, 3: armed, but something is wrong",                       \
	     kdump_status)                                                                                             \
	VERB("check", "     the same in detail, with everything that would prevent a dump", kdump_check)               \
	VERB("rehearse", "  run the capture script up to a write of 1 MiB to the target", kdump_rehearse)              \
	VERB("query", "     print what the image will do", kdump_query)                                                \
	VERB("save", "      copy the dump from the image's raw devices to its directory; run this before swapon",      \
	     kdump_save)                                                                                               \
	VERB("rotate", "    make a new token, by which dumps on raw devices are known as this machine's", kdump_rotate)

static const struct verb {
	const char *name;
	int (*run)(struct kdump_facts *facts);
} verbs[] = {
#define VERB(name, help, run) {name, run},
	VERBS
#undef VERB
};

static const struct verb *find_verb(const char *name, struct error *e)
{
#define VERB(name, help, run) " " name
	static const char names[] = VERBS;
#undef VERB

	for (size_t i = 0; name && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	if (name)
		error_set(e, EINVAL, "unknown verb '%s'; expected one of:%s", name, names);
	else
		error_set(e, EINVAL, "missing verb; expected one of:%s", names);
	return NULL;
}

static int take_option(struct kdump_request *r, const char **verb, int id, const char *value, struct error *e)
{
	const char **const texts[] = {&r->conf, &r->image, &r->kernel, &r->append, &r->root}; /* from OPT_CONF on */

	if (id == OPT_LOAD_MODULES)
		r->load_modules = true;
	else if (id != OPTION_OPERAND)
		*texts[id - OPT_CONF] = value;
	else if (*verb)
		return error_set(e, EINVAL, "unexpected argument '%s'", value);
	else
		*verb = value;
	return 0;
}

static int parse(struct kdump_request *r, const struct verb **verb, struct options *o, struct error *e)
{
	const char *name = NULL;
	int id;

	while ((id = options_next(o, options, e)) != 0) {
		if (id < 0)
			return id;
		if (take_option(r, &name, id, o->value, e) < 0)
			return -EINVAL;
	}
	*verb = find_verb(name, e);
	return *verb ? 0 : -EINVAL;
}

/* By chroot, so that paths in the tree resolve as they will when it is booted. */
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
	struct kdump_request request = {.conf = NULL};
	const struct verb *verb;
	struct error e = {.code = 0};
	struct kdump_facts facts = {.loaded = 0};
	int status, result = parse(&request, &verb, &o, &e);

	if (result < 0)
		return applet_stop(result, &e);
	if (enter(&request, &e) < 0 || kdump_facts_init(&facts, &request, &e) < 0)
		status = applet_error(&e);
	else
		status = verb->run(&facts);
	kdump_facts_deinit(&facts);
	return status;
}

const struct applet applet_kdump = {
	.name = "kdump",
	.usage = "VERB [--conf FILE] [--image FILE] [--kernel FILE] [--append WORDS] [--load-modules] [--root DIR]",
	.help = "Loads the capture kernel with the image that mkcaptureinitrd made, and reports whether this machine "
		"is "
		"armed.\nVERB is one of:"
#define VERB(name, help, run) "\n  " name help
	VERBS,
#undef VERB
	.options = options,
	.run = run,
};
