/*
 * Debian's and Ubuntu's /etc/default/kdump-tools: kdump-tools(5). Options are read in the order of this table,
 * not in that of the file.
 */
#include "dialect/option_row.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "dialect/setting_collector.h"
#include "fmt/conf.h"
#include "text/word.h"

static const char of_remote[] = "it belongs to a network target; the configuration has none";

/* The defaults of kdump-config: it loads nothing; otherwise "makedumpfile -c -d 31". */
static void defaults(struct plan *plan)
{
	plan->disabled = true;
	plan->collector.compress = 'c';
}

static int take_use(struct plan *plan, const struct setting *s, struct error *e)
{
	(void)e;
	plan->disabled = strcmp(s->value, "0") == 0;
	return 0;
}

/* kdump-config runs it in a shell; three commands work without one. */
static int take_fail(struct plan *plan, const struct setting *s, struct error *e)
{
	struct span rest = text_span(s->value), word = conf_word(&rest), flag = conf_word(&rest);
	bool plain = (!flag.size || word_is(flag, "-f")) && !conf_word(&rest).size;

	for (enum action a = ACTION_REBOOT; plain && a <= ACTION_POWEROFF; a++) {
		if (!word_is(word, action_name(a)))
			continue;
		plan->failure = a;
		return 0;
	}
	return setting_bad(s, e, "the image has no shell to run this; write reboot -f, halt -f or poweroff -f");
}

static int take_makedumpfile(struct plan *plan, const struct setting *s, struct error *e)
{
	struct buffer words CLEANUP(buffer_deinit) = {0};

	buffer_print(&words, "makedumpfile");
	return setting_collector_options(&plan->collector, &words, s, e);
}

/* kdump-config compresses the file, crashbox its pages, which readers can open directly. */
static int take_compression(struct plan *plan, const struct setting *s, struct error *e)
{
	(void)e;
	if (plan->collector.elf) {
		setting_note(s, "is ignored: an ELF dump is not compressed");
		return 0;
	}
	if (!plan->collector.compress)
		plan->collector.compress = 'c';
	setting_note(s, "compresses the dump's pages, not the file: readers can open it directly");
	return 0;
}

static const struct option_row rows[] = {
	{"USE_KDUMP", .values = "0|1", .take = take_use},
	{"KDUMP_KERNEL", TAKES_FILE(kernel)},
	{"KDUMP_INITRD", TAKES_FILE(image)},
	{"KDUMP_SYSCTL", .ignored = "sysctls belong to the running system; put them into /etc/sysctl.d"},
	{"KDUMP_COREDIR", .take = setting_directory},
	{"KDUMP_FAIL_CMD", .take = take_fail},
	{"KDUMP_DUMP_DMESG", .values = "0|1", .quiet = "1",
	 .ignored = "the kernel's log is always saved beside the dump"},
	{"KDUMP_NUM_DUMPS", TAKES_NUMBER(keep, 0, 100000, "a number of dumps (0: all)")},
	{"MAKEDUMP_ARGS", .take = take_makedumpfile},
	{"KDUMP_COMPRESSION", .values = "bzip2|gzip|lz4|xz", .take = take_compression},
	{"KDUMP_KEXEC_ARGS", TAKES_TEXT(kexec_args)},
	{"KDUMP_CMDLINE", .take = setting_cmdline},
	{"KDUMP_CMDLINE_APPEND", TAKES_TEXT(append)},
	{"HOSTTAG", .values = "ip|hostname", .ignored = "dump directory names always begin with the host name"},
	{"NFS", .scheme = "nfs"},
	{"FTP", .scheme = "ftp"},
	{"SSH", .scheme = "ssh"},
	{"NFS_TIMEO", .values = "#", .ignored = of_remote},
	{"NFS_RETRANS", .values = "#", .ignored = of_remote},
	{"NFS_MOUNT_RETRY", .values = "#", .ignored = of_remote},
	{"FTP_USER", .ignored = of_remote},
	{"FTP_PASSWORD", .ignored = of_remote},
	{"FTP_PORT", .values = "#", .ignored = of_remote},
	{"SSH_KEY", .ignored = of_remote},
	{"SSH_KDUMP_RETRY", .values = "#", .ignored = of_remote},
};

const struct dialect dialect_debian = {
	.name = "debian",
	.help = "Debian's /etc/default/kdump-tools",
	.shell = true,
	.defaults = defaults,
	.remedy = "remove the line, and set KDUMP_COREDIR to a directory on a local disk",
	.rows = rows,
	.nr_rows = sizeof(rows) / sizeof(rows[0]),
};
