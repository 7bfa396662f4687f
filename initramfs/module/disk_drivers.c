#include "module/disk_drivers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#include "text/buffer.h"

/* Where the kernel's sources have the drivers of disks. */
static const char *const folders[] = {"drivers/ata/",      "drivers/block/",      "drivers/message/fusion/",
				      "drivers/mmc/host/", "drivers/nvme/",       "drivers/scsi/",
				      "drivers/ufs/",      "drivers/usb/storage/"};

/* What is there, and finds no disk: cores, other kinds of device, and block devices that are made of something else. */
static const char *const others[] = {"brd",        "drbd",     "floppy",    "loop",         "nbd",
				     "null_blk",   "pktcdvd",  "rbd",       "zram",         "ch",
				     "scsi_debug", "scsi_dh_", "scsi_mod",  "scsi_common",  "scsi_transport_",
				     "sd_mod",     "ses",      "sg",        "sr_mod",       "st",
				     "libahci",    "libata",   "nvme_core", "nvme_fabrics", "nvme_keyring",
				     "nvme_auth",  "nvmet"};

/* What --drivers common takes; what each needs besides comes with it (companions.h). */
static const char *const common[] = {"virtio_blk", "virtio_scsi", "nvme",      "ahci",       "usb_storage",
				     "xhci_pci",   "ehci_pci",    "sdhci_pci", "sdhci_acpi", "mmc_block"};

static bool is_other(const char *name)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t length = strlen(others[i]);

		if (others[i][length - 1] == '_' ? strncmp(name, others[i], length) == 0 : strcmp(name, others[i]) == 0)
			return true;
	}
	return false;
}

/* Whether a module of that path, whose name is given, drives disks. */
static bool drives_disks(struct span path, const char *name)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (path.size && memmem(path.data, path.size, folders[i], strlen(folders[i])))
			return !is_other(name);
	return false;
}

/* Adds the disk drivers among the built-in modules to out, at most a few; returns whether the plan names one of them.
 */
static bool find_builtin(const struct modules *modules, const struct plan *plan, struct buffer *out)
{
	enum { SHOWN = 6 };
	struct span rest = modules->texts.builtin;
	unsigned found = 0;

	while (rest.size) {
		struct span path = span_take_line(&rest);
		char name[MODULE_NAME];

		if (!modules_name(path, name) || !drives_disks(path, name))
			continue;
		for (size_t i = 0; i < plan->modules.count; i++)
			if (modules_is(plan->modules.item[i], name))
				return true;
		if (found++ < SHOWN)
			buffer_print(out, "%s%s", found > 1 ? ", " : "", name);
	}
	return false;
}

static bool one_is_wanted(const struct modules *modules)
{
	for (size_t i = 0; i < modules->nr_order; i++) {
		const struct module *module = &modules->module[modules->order[i]];

		if (drives_disks(module->path, module->name))
			return true;
	}
	return false;
}

int disk_drivers_check(const struct modules *modules, const struct plan *plan, bool strict, const struct log *log,
		       struct error *e)
{
	static const char remedy[] =
		"name the driver, also a built-in one: extra_modules NAME; or use --hostonly on the "
		"machine itself, or --drivers common";
	struct buffer builtin CLEANUP(buffer_deinit) = {0};
	struct error what;

	if (modules->texts.builtin.size == 0 || one_is_wanted(modules) || find_builtin(modules, plan, &builtin))
		return 0;
	if (builtin.size)
		error_set(&what, ENOENT,
			  "no driver of the target's disk is named: the capture finds only disks of the drivers "
			  "that this kernel has built in (%s)",
			  buffer_text(&builtin));
	else
		error_set(&what, ENOENT,
			  "no driver of the target's disk is in the image, and this kernel has none built in: "
			  "the capture will not find it");
	error_hint(&what, "%s", remedy);
	if (!strict) {
		log_line(log, LOG_WARN, "%s", what.text);
		return 0;
	}
	*e = what;
	return -e->code;
}

int disk_drivers_want_common(struct modules *modules, struct error *e)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if ((modules_known(modules, common[i]) || modules_builtin(modules, common[i])) &&
		    modules_want(modules, common[i], e) < 0)
			return -e->code;
	return 0;
}
