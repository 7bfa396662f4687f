/*
 * SUSE's /etc/sysconfig/kdump: kdump(5) of the kdump package. An empty or missing option has its default. Options
 * are read in the order of this table, not in that of the file: a later one may refine an earlier one.
 */
#include "dialect/option_row.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "dialect/setting_collector.h"
#include "fmt/conf.h"
#include "text/word.h"

static const char remedy[] = "set KDUMP_SAVEDIR to a directory on a local disk, such as: /var/crash";
static const char no_mail[] = "the image has no network, and sends no mail";
static const char of_ssh[] = "it belongs to an ssh or sftp target; the configuration has none";
static const char of_redhat[] =
	"this is an option of Red Hat's /etc/sysconfig/kdump, which says nothing about the dump; "
	"use /etc/kdump.conf instead, with cmdline_append for further words";
static const char no_fadump[] = "firmware-assisted dumps are not supported: a second kernel saves the dump; "
				"write no";

static const char yes_no[] = "yes|no|true|false|1|0";
static const char yes[] = "yes|true|1", no[] = "no|false|0";

static void defaults(struct plan *plan)
{
	plan->collector.compress = 'c';
	plan->min_free = 64;
}

/* SUSE starts a shell instead of rebooting. */
static int take_reboot(struct plan *plan, const struct setting *s, struct error *e)
{
	(void)e;
	plan->final = plan->failure = ACTION_HALT;
	setting_note(s, "halts the machine: the image has no shell that could wait for a person");
	return 0;
}

static int take_continue(struct plan *plan, const struct setting *s, struct error *e)
{
	(void)e;
	plan->failure = ACTION_HALT;
	setting_note(s, "halts the machine if no dump could be saved: the image has no shell");
	return 0;
}

static int take_savedir(struct plan *plan, const struct setting *s, struct error *e)
{
	struct setting path = *s;
	struct remote remote;
	const char *wrong;

	if (s->value[0] == '/')
		return strpbrk(s->value, " \t\n")
			       ? setting_bad(s, e,
					     "a dump is not split over several directories; name one, without blanks")
			       : setting_path(plan, s, e);
	wrong = remote_from_url(&remote, s->value);
	if (wrong || strcmp(remote.scheme, "file") != 0)
		return setting_remote(s, &remote, wrong, remedy, e);
	if (strpbrk(remote.path, " \t\n"))
		return setting_bad(s, e, "a dump is not split over several directories; name one, without blanks");
	path.value = remote.path;
	return setting_path(plan, &path, e);
}

/* SUSE counts the dumps without the new one, crashbox counts it, too. */
static int take_keep(struct plan *plan, const struct setting *s, struct error *e)
{
	unsigned old;

	if (strcmp(s->value, "-1") == 0 || strcmp(s->value, "-2") == 0) {
		plan->keep = 1;
		return 0;
	}
	if (setting_number(s, 0, 99999, "a number of old dumps (0: all, -2: none)", &old, e) < 0)
		return -e->code;
	plan->keep = old ? old + 1 : 0;
	return 0;
}

static int take_free(struct plan *plan, const struct setting *s, struct error *e)
{
	if (setting_number(s, 0, 1u << 30, "a number of MiB (0: not checked)", &plan->min_free, e) < 0)
		return -e->code;
	if (plan->min_free)
		setting_note(s, "is checked before the dump, not after it: a saved dump is not deleted again");
	return 0;
}

/* Bits: 2 shows progress, 8 debugs saving; the others concern loading. makedumpfile's 6: messages and errors. */
static int take_verbose(struct plan *plan, const struct setting *s, struct error *e)
{
	unsigned bits;

	if (setting_number(s, 0, 31, "a sum of 1, 2, 4, 8 and 16", &bits, e) < 0)
		return -e->code;
	if (bits & 10)
		plan->collector.message_level = 6 | (bits & 2 ? 1 : 0) | (bits & 8);
	if (bits & 21)
		setting_note(s, "has bits about loading (1, 4, 16), which are ignored");
	return 0;
}

static int take_format(struct plan *plan, const struct setting *s, struct error *e)
{
	static const struct {
		const char *name;
		char letter;
	} formats[] = {{"ELF", 0}, {"raw", 0}, {"compressed", 'c'}, {"lzo", 'l'}, {"snappy", 'p'}, {"zstd", 'z'}};
	struct collector *c = &plan->collector;

	plan->log_only = strcmp(s->value, "none") == 0;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(s->value, formats[i].name) != 0)
			continue;
		c->compress = formats[i].letter;
		c->elf = !c->compress;
		if (i == 1 && c->level) {
			setting_note(s, "saves all pages: KDUMP_DUMPLEVEL has no effect");
			c->level = 0;
		}
		return 0;
	}
	return plan->log_only ? 0 : setting_bad(s, e, "write none, ELF, compressed, lzo, snappy, zstd or raw");
}

static int take_makedumpfile(struct plan *plan, const struct setting *s, struct error *e)
{
	struct buffer words CLEANUP(buffer_deinit) = {0};

	collector_print(&words, &plan->collector);
	return setting_collector_options(&plan->collector, &words, s, e);
}

static int take_dump_device(struct plan *plan, const struct setting *s, struct error *e)
{
	setting_note(s, "is the raw device that the dump goes to; 'crashbox kdump save' copies it into KDUMP_SAVEDIR");
	return setting_target(plan, target_kind_find("raw"), s, e);
}

static int take_pre(struct plan *plan, const struct setting *s, struct error *e)
{
	plan->pre_may_fail = true;
	return setting_hook(plan, &plan->pre, s, e);
}

static int take_flags(struct plan *plan, const struct setting *s, struct error *e)
{
	static const char *const known[] = {"SINGLE", "NOSPLIT", "NOSPARSE", "SPLIT", "XENALLDOMAINS"};
	struct span rest = text_span(s->value);

	(void)plan;
	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest)) {
		size_t i = 0;

		while (i < sizeof(known) / sizeof(known[0]) && !word_is(word, known[i]))
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return setting_bad(s, e, "the flags are SINGLE, NOSPLIT, NOSPARSE, SPLIT and XENALLDOMAINS");
		if (i > 1)
			setting_note(s, "%s is ignored: it is for a tool that is not in the image", known[i]);
	}
	return 0;
}

static const struct option_row rows[] = {
	{"KDUMP_KERNELVER", .take = setting_version},
	{"KDUMP_CPUS", .values = "#", .quiet = "1",
	 .ignored = "the capture kernel runs on one processor; each further one costs memory"},
	{"KDUMP_COMMANDLINE", .take = setting_cmdline},
	{"KDUMP_COMMANDLINE_APPEND", TAKES_TEXT(append)},
	{"KDUMP_AUTO_RESIZE", .values = yes_no, .quiet = no,
	 .ignored = "the reservation is not resized; --report says how large it must be"},
	{"KDUMP_FADUMP", .values = yes_no, .quiet = no, .refused = no_fadump},
	{"KDUMP_FADUMP_SHELL", .values = yes_no, .quiet = no, .ignored = "it belongs to firmware-assisted dumps"},
	{"KEXEC_OPTIONS", TAKES_TEXT(kexec_args)},
	{"KDUMP_IMMEDIATE_REBOOT", .values = yes_no, .quiet = yes, .take = take_reboot},
	{"KDUMP_TRANSFER",
	 .refused = "your command would replace the dump; name the directory in KDUMP_SAVEDIR, and put the "
		    "rest into KDUMP_PRESCRIPT or KDUMP_POSTSCRIPT"},
	{"KDUMP_SAVEDIR", .take = take_savedir},
	{"KDUMP_KEEP_OLD_DUMPS", .take = take_keep},
	{"KDUMP_FREE_DISK_SIZE", .take = take_free},
	{"KDUMP_VERBOSE", .take = take_verbose},
	{"KDUMP_DUMPLEVEL", TAKES_NUMBER(collector.level, 0, 31, "a dump level")},
	{"KDUMP_DUMPFORMAT", .take = take_format},
	{"MAKEDUMPFILE_OPTIONS", .take = take_makedumpfile},
	{"KDUMP_CONTINUE_ON_ERROR", .values = yes_no, .quiet = yes, .take = take_continue},
	{"KDUMP_REQUIRED_PROGRAMS", .take = setting_files},
	{"KDUMP_PRESCRIPT", .take = take_pre},
	{"KDUMP_POSTSCRIPT", TAKES_HOOK(post)},
	{"KDUMP_COPY_KERNEL", .values = yes_no, .quiet = no,
	 .ignored = "the kernel is not copied beside the dump; keep its package and its debug symbols"},
	{"KDUMPTOOL_FLAGS", .take = take_flags},
	{"KDUMP_NETCONFIG", .quiet = "auto", .ignored = "the image has no network"},
	{"KDUMP_NET_TIMEOUT", .values = "#", .quiet = "30", .ignored = "the image has no network"},
	{"KDUMP_SMTP_SERVER", .ignored = no_mail},
	{"KDUMP_SMTP_USER", .ignored = no_mail},
	{"KDUMP_SMTP_PASSWORD", .ignored = no_mail},
	{"KDUMP_NOTIFICATION_TO", .ignored = no_mail},
	{"KDUMP_NOTIFICATION_CC", .ignored = no_mail},
	{"KDUMP_HOST_KEY", .ignored = of_ssh},
	{"KDUMP_SSH_HOST_KEY", .ignored = of_ssh},
	{"KDUMP_SSH_IDENTITY", .ignored = of_ssh},
	{"KDUMP_DUMPDEV", .take = take_dump_device, .quiet = ""},
	{"KDUMP_RUNLEVEL", .ignored = "the image has no runlevels"},
	/* Red Hat's file of the same name. */
	{"KDUMP_COMMANDLINE_REMOVE", .refused = of_redhat},
	{"KEXEC_ARGS", .refused = of_redhat},
	{"KDUMP_BOOTDIR", .refused = of_redhat},
	{"KDUMP_IMG", .refused = of_redhat},
	{"KDUMP_IMG_EXT", .refused = of_redhat},
	{"KDUMP_STDLOGLVL", .refused = of_redhat},
	{"MKDUMPRD_ARGS", .refused = of_redhat},
};

const struct dialect dialect_suse = {
	.name = "suse",
	.help = "SUSE's /etc/sysconfig/kdump",
	.shell = true,
	.defaults = defaults,
	.rows = rows,
	.nr_rows = sizeof(rows) / sizeof(rows[0]),
};
