#include "module/companions.h"

#include <stddef.h>
#include <string.h>

/*
 * Facts from the kernel's Kconfig texts and Documentation. A host driver depends on its layer's core (ahci on
 * scsi_mod), so the row of the core serves all of them; drivers that people name are listed too, for kernels that have
 * the core built in, where modules.dep does not show it.
 */
static const struct companions rows[] = {
	/* A virtio device appears only with a driver for its bus: PCI, or memory-mapped (microvm, arm64). */
	{"virtio_blk", true, {"virtio_pci", "virtio_mmio"}},
	{"virtio_scsi", true, {"virtio_pci", "virtio_mmio"}},
	/* A SCSI host finds disks, and only sd_mod makes block devices of them; libata's and USB's are SCSI disks. */
	{"scsi_mod", false, {"sd_mod"}},
	{"libata", false, {"sd_mod"}},
	{"ahci", false, {"sd_mod"}},
	{"ata_piix", false, {"sd_mod"}},
	{"virtio_scsi", false, {"sd_mod"}},
	{"hv_storvsc", false, {"sd_mod"}},
	{"vmw_pvscsi", false, {"sd_mod"}},
	{"megaraid_sas", false, {"sd_mod"}},
	{"mpt3sas", false, {"sd_mod"}},
	{"ufshcd_core", false, {"sd_mod"}},
	/* usb_storage leaves a disk that speaks UAS to uas, if the kernel was built with it. */
	{"usb_storage", false, {"sd_mod", "uas"}},
	/* Disks on a USB controller: USB 3, then USB 2. One on a SoC must be named. */
	{"usb_storage", true, {"xhci_pci", "ehci_pci"}},
	/* An MMC host finds cards, and mmc_block makes block devices of them; without a host, those of PCs. */
	{"mmc_core", false, {"mmc_block"}},
	{"sdhci", false, {"mmc_block"}},
	{"mmc_block", true, {"sdhci_pci", "sdhci_acpi"}},
	/* The kernel asks modprobe for ciphers by name: aes-xts-plain64 is cryptsetup's default. */
	{"dm_crypt", false, {"xts", "aes_generic"}},
	{"adiantum", false, {"nhpoly1305"}},
	/* The table names a path selector; this one is multipath-tools' default. */
	{"dm_multipath", false, {"dm_service_time", "scsi_dh_alua"}},
	/* The kernel asks modprobe for fat's default code page, and for the usual character sets of file names. */
	{"vfat", false, {"nls_cp437", "nls_ascii", "nls_iso8859_1"}},
	/* Intel's watchdog is a function of the LPC bridge or of the SMBus controller, whose drivers make its device.
	 */
	{"iTCO_wdt", true, {"lpc_ich", "i2c_i801"}},
};

const struct companions *companions_next(const char *module, const struct companions *after)
{
	const struct companions *row = after ? after + 1 : rows;

	for (; row < rows + sizeof(rows) / sizeof(rows[0]); row++)
		if (strcmp(row->module, module) == 0)
			return row;
	return NULL;
}
