/*
 * Red Hat's kdump.conf(5), with crashbox's own options: the dialect that can express a whole plan, and that
 * show_config writes.
 */
#include "dialect/option_row.h"

#include <errno.h>
#include <string.h>

#include "fmt/conf.h"

#include "dialect/setting_collector.h"
#include "dialect/setting_keys.h"
#include "dialect/setting_volumes.h"
#include "text/word.h"

static const char no_fence[] = "the image has no network; let the cluster's fencing wait for the reboot";
static const char read_only[] = "this file system is read-only; name one that can be written, such as: ext4 UUID=...";
static const char on_flash[] =
	"it lies on flash without a block device, which the capture does not attach; name a file "
	"system on a disk, SD card or eMMC, such as: ext4 UUID=...";
static const char built_once[] = "an image is made only when mkcaptureinitrd is called";
static const char no_options[] = "kdump.conf has dropped this option; module parameters go on the kernel's command "
				 "line: cmdline_append MODULE.PARAMETER=VALUE";
static const char gone[] = "kdump.conf has dropped this option; remove the line";

static int take_target(struct plan *plan, const struct setting *s, struct error *e)
{
	return setting_target(plan, target_kind_find(s->name), s, e);
}

static int take_collector(struct plan *plan, const struct setting *s, struct error *e)
{
	return setting_collector(&plan->collector, text_span(s->value), s, e);
}

static int bad_dracut_word(const struct setting *s, struct span word, struct error *e)
{
	error_set(e, EINVAL, "%s: dracut_args: %.*s would change the image, but dracut does not make it", s->where,
		  (int)word.size, (const char *)word.data);
	return error_hint(e, "write the target as 'ext4 UUID=...', drivers as 'extra_modules NAME'");
}

/* What dracut would leave out does not matter: the image does not contain it. What it would add does. */
static int take_dracut(struct plan *plan, const struct setting *s, struct error *e)
{
	static const char *const harmless[] = {"--omit",     "--omit-drivers", "-o", "--quiet",
					       "-q",         "--verbose",      "-v", "--no-hostonly-default-device",
					       "--compress", "--hostonly",     "-H"};
	struct span rest = text_span(s->value);

	(void)plan;
	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest)) {
		const uint8_t *equals = memchr(word.data, '=', word.size);
		size_t i = 0;

		if (word.data[0] != '-')
			continue;
		word.size = equals ? (size_t)(equals - word.data) : word.size;
		while (i < sizeof(harmless) / sizeof(harmless[0]) && !word_is(word, harmless[i]))
			i++;
		if (i == sizeof(harmless) / sizeof(harmless[0]))
			return bad_dracut_word(s, word, e);
	}
	setting_note(s, "is ignored: dracut does not make the image");
	return 0;
}

static const struct option_row rows[] = {
	{"ext4", .take = take_target, .repeats = true},
	{"ext3", .take = take_target, .repeats = true},
	{"ext2", .take = take_target, .repeats = true},
	{"xfs", .take = take_target, .repeats = true},
	{"vfat", .take = take_target, .repeats = true},
	{"btrfs", .take = take_target, .repeats = true},
	{"f2fs", .take = take_target, .repeats = true},
	{"path", .take = setting_path},
	{"core_collector", .take = take_collector},
	{"final_action", TAKES_ACTION(final)},
	{"failure_action", TAKES_ACTION(failure)},
	{"default", TAKES_ACTION(failure), .same = "failure_action"},
	{"extra_modules", .take = setting_modules},
	{"extra_bins", .take = setting_files, .repeats = true},
	{"kdump_pre", TAKES_HOOK(pre), .repeats = true},
	{"kdump_post", TAKES_HOOK(post), .repeats = true},
	{"dracut_args", .take = take_dracut},
	{"auto_reset_crashkernel", .values = "yes|no",
	 .ignored = "the builder sets the reservation: this tool changes no boot configuration"},
	{"force_rebuild", .values = "0|1", .ignored = built_once},
	{"force_no_rebuild", .values = "0|1", .ignored = built_once},
	{"override_resettable", .values = "0|1", .ignored = "crashbox does not check whether the device can be reset"},
	{"sshkey", .ignored = "it belongs to an ssh target; the configuration has none"},
	{"nfs", .scheme = "nfs"},
	{"ssh", .scheme = "ssh"},
	{"raw", .take = take_target, .repeats = true},
	{"virtiofs",
	 .refused = "virtiofs is not supported; name a file system on a local disk, such as: ext4 UUID=..."},
	{"minix", .refused = "minix is not supported; name another file system, such as: ext4 UUID=..."},
	/* No dump can be written there. */
	{"squashfs", .refused = read_only},
	{"erofs", .refused = read_only},
	{"iso9660", .refused = read_only},
	{"overlay",
	 .refused = "an overlay has no device of its own; name the file system of its upper directory, such as: "
		    "ext4 UUID=..."},
	{"ubifs", .refused = on_flash},
	{"jffs2", .refused = on_flash},
	{"tmpfs",
	 .refused = "it is in memory, and lost in the crash; name a file system on a disk, such as: ext4 UUID=..."},
	{"fence_kdump_args", .refused = no_fence},
	{"fence_kdump_nodes", .refused = no_fence},
	{"net", .refused = gone},
	{"options", .refused = no_options},
	{"link_delay", .refused = gone},
	{"disk_timeout", .refused = gone},
	{"debug_mem_level", .refused = gone},
	{"blacklist", .refused = gone},
	/* crashbox's own */
	{"log_only", TAKES_BOOL(log_only)},
	{"raw_disposable", TAKES_BOOL(raw_disposable)},
	{"md", .take = setting_md, .repeats = true},
	{"dm_key", .take = setting_dm_key, .repeats = true},
	{"dm", .take = setting_dm, .repeats = true},
	{"pre_may_fail", TAKES_BOOL(pre_may_fail)},
	{"keep", TAKES_NUMBER(keep, 0, 100000, "a number of dumps (0: all)")},
	{"min_free", TAKES_NUMBER(min_free, 0, 1u << 30, "a number of MiB (0: not checked)")},
	{"at_most", TAKES_NUMBER(at_most, 0, 100000, "a number of dumps (0: any)")},
	{"within", TAKES_NUMBER(within, 1, 31536000, "a number of seconds")},
	{"dump_deadline", TAKES_NUMBER(dump_deadline, 1, 604800, "a number of seconds")},
	{"cmdline", TAKES_TEXT(cmdline)},
	{"cmdline_append", TAKES_TEXT(append)},
	{"kernel_version", .take = setting_version},
	{"kernel", TAKES_FILE(kernel)},
	{"image", TAKES_FILE(image)},
	{"kexec_args", TAKES_TEXT(kexec_args)},
	{"disabled", TAKES_BOOL(disabled)},
};

const struct dialect dialect_kdump = {
	.name = "kdump",
	.help = "Red Hat's /etc/kdump.conf, and crashbox.conf(5)",
	.remedy = "name a file system on a local disk, such as: ext4 UUID=...",
	.rows = rows,
	.nr_rows = sizeof(rows) / sizeof(rows[0]),
};
