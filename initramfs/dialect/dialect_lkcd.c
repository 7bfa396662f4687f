/*
 * LKCD's /etc/sysconfig/dump: lkcd_config(1) and the comments of dump_base.c. There the crashed kernel itself writes to
 * DUMPDEV, and "lkcd save" copies from it into DUMPDIR at the next boot; here a second kernel writes into DUMPDIR.
 */
#include "dialect/option_row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char remedy[] = "set DUMPDIR to a directory on a local disk, such as: /var/log/dump";
static const char of_network[] = "it belongs to network dumps";

static void defaults(struct plan *plan)
{
	snprintf(plan->path, sizeof(plan->path), "/var/log/dump");
	plan->collector.level = 0;
}

static int take_active(struct plan *plan, const struct setting *s, struct error *e)
{
	(void)e;
	plan->disabled = plan->disabled || strcmp(s->value, "0") == 0;
	return 0;
}

/* LKCD makes the link /dev/vmdump itself, so it names no place. Anything else is a raw device. */
static int take_device(struct plan *plan, const struct setting *s, struct error *e)
{
	if (strcmp(s->value, "/dev/vmdump") == 0) {
		setting_note(s, "is not used: the dump goes straight into DUMPDIR");
		return 0;
	}
	if (s->value[0] != '/')
		return setting_bad(s, e,
				   "dumps over the network are not supported yet; write DUMPDEV=/dev/vmdump, and set "
				   "DUMPDIR to a directory on a local disk");
	setting_note(s, "is the raw device that the dump goes to; 'crashbox kdump save' copies it into DUMPDIR");
	return setting_target(plan, target_kind_find("raw"), s, e);
}

static int take_directory(struct plan *plan, const struct setting *s, struct error *e)
{
	struct remote remote;
	const char *wrong;

	if (!strstr(s->value, "://"))
		return setting_directory(plan, s, e);
	wrong = remote_from_url(&remote, s->value);
	if (!wrong && strcmp(remote.scheme, "file") == 0)
		return setting_bad(s, e, "write an absolute directory, such as: /var/log/dump");
	return setting_remote(s, &remote, wrong, remedy, e);
}

/* The system that boots next decides whether it copies the dump. */
static int take_save(struct plan *plan, const struct setting *s, struct error *e)
{
	if (plan->nr_targets == 0)
		return setting_bad(s, e,
				   "the dump would stay on DUMPDEV, which is not a separate device; write 1 to put it "
				   "into DUMPDIR");
	setting_note(s, "is decided on the running system: disable crashbox-savecore there, which saves at boot");
	return 0;
}

/* Decimal, or with 0x. Returns whether it is a number. */
static bool number(const char *text, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 0);
	return text[0] >= '0' && text[0] <= '9' && !*end && !errno;
}

static int take_level(struct plan *plan, const struct setting *s, struct error *e)
{
	unsigned long level;

	if (!number(s->value, &level) || level > 16 || (level & (level - 1)))
		return setting_bad(
			s, e,
			"the level is 0 (none), 1 (header), 2 (kernel pages), 4 (used pages), 8 (all RAM) or "
			"16 (everything)");
	if (level == 0) {
		setting_note(s, "means no dump: the running system does not load a capture kernel");
		plan->disabled = true;
	}
	if (level == 16)
		setting_note(s, "saves all RAM; firmware and devices are not in /proc/vmcore");
	plan->log_only = level == 1;
	plan->collector.level = level == 2 ? 31 : level == 4 ? 16 : 0;
	return 0;
}

static int take_flags(struct plan *plan, const struct setting *s, struct error *e)
{
	enum { NONDISRUPT = 1, SOFTBOOT = 2 };
	const unsigned long disk = 0x80000000, net = 0x40000000;
	unsigned long flags;

	(void)plan;
	if (!number(s->value, &flags) || (flags & ~(NONDISRUPT | SOFTBOOT | disk | net)))
		return setting_bad(s, e,
				   "the flags are a sum of 0x80000000 (disk), 0x40000000 (network), 1 (continue "
				   "after the dump) and 2 (dump after a soft boot)");
	if (flags & net)
		return setting_bad(s, e,
				   "dumps over the network are not supported yet; write 0x80000000, and set DUMPDIR to "
				   "a directory on a local disk");
	if (flags & NONDISRUPT)
		setting_note(s, "cannot keep the machine running: a second kernel writes the dump, and then "
				"reboots");
	return 0;
}

static int take_compress(struct plan *plan, const struct setting *s, struct error *e)
{
	unsigned method;

	if (setting_number(s, 0, 2, "0 (none), 1 (RLE) or 2 (GZIP)", &method, e) < 0)
		return -e->code;
	plan->collector.compress = method ? 'c' : 0;
	if (method == 1)
		setting_note(s, "compresses with zlib: the dump's format has no RLE");
	return 0;
}

static const struct option_row rows[] = {
	{"DUMP_ACTIVE", .values = "0|1", .take = take_active},
	{"DUMPDEV", .take = take_device},
	{"DUMPDIR", .take = take_directory},
	{"DUMP_SAVE", .values = "0|1", .quiet = "1", .take = take_save},
	{"DUMP_LEVEL", .take = take_level},
	{"DUMP_FLAGS", .take = take_flags},
	{"DUMP_COMPRESS", .take = take_compress},
	{"DUMP_COMPRESS_PAGES", .take = take_compress},
	{"PANIC_TIMEOUT", .values = "#",
	 .ignored = "the capture starts at once; kernel.panic applies only to a panic without a capture"},
	{"BOUNDS_LIMIT", TAKES_NUMBER(keep, 0, 100000, "a number of dumps (0: all)")},
	{"KEXEC_IMAGE", TAKES_FILE(kernel)},
	{"KEXEC_CMDLINE", .take = setting_cmdline},
	{"DUMP_MAX_CONCURRENT", .values = "#", .ignored = "one dump is saved at a time"},
	{"TARGET_HOST", .quiet = "hostname", .ignored = of_network},
	{"TARGET_PORT", .values = "#", .quiet = "6666", .ignored = of_network},
	{"SOURCE_PORT", .values = "#", .quiet = "6666", .ignored = of_network},
	{"ETH_ADDRESS", .quiet = "00:00:00:00:00:00", .ignored = of_network},
};

const struct dialect dialect_lkcd = {
	.name = "lkcd",
	.help = "LKCD's /etc/sysconfig/dump",
	.shell = true,
	.defaults = defaults,
	.rows = rows,
	.nr_rows = sizeof(rows) / sizeof(rows[0]),
};
