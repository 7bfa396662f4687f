/* Machines as sysfs shows them, made of directories and links: each kind of chain from a disk to its bus. */
#include "unit/test.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dialect/dialect.h"
#include "fmt/md_super.h"
#include "host/hostonly.h"
#include "host/hostonly_volumes.h"
#include "host/key_files.h"
#include "plan/show_config.h"

/* --- making a tree: names are below the test's scratch directory --- */

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
}

static void make_dir(struct test *t, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/", t->scratch, name);
	make_parents(path);
}

static void make_text(struct test *t, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", t->scratch, name);
	make_parents(path);
	f = fopen(path, "w");
	CHECK(t, f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* As sysfs has them: a way up to the top, and down again. */
static void make_link(struct test *t, const char *name, const char *to)
{
	char path[PATH_MAX], target[PATH_MAX] = "";

	snprintf(path, sizeof(path), "%s/%s", t->scratch, name);
	make_parents(path);
	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/'))
		strcat(target, "../");
	strcat(target, to);
	CHECK_INT(t, symlink(target, path), 0);
}

static bool exists(struct test *t, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", t->scratch, name);
	return access(path, F_OK) == 0;
}

/* A device with a driver; the module is loaded from a file, or with "=" in front built in, or NULL: it has no name. */
static void make_device(struct test *t, const char *device, const char *driver, const char *module)
{
	char name[1024], bus[1024];
	bool builtin = module && module[0] == '=';

	make_dir(t, device);
	snprintf(bus, sizeof(bus), "bus/any/drivers/%s", driver);
	make_dir(t, bus);
	snprintf(name, sizeof(name), "%s/driver", device);
	make_link(t, name, bus);
	if (!module)
		return;
	snprintf(name, sizeof(name), "module/%s%s", module + builtin, builtin ? "" : "/initstate");
	if (builtin)
		make_dir(t, name);
	else
		make_text(t, name, "live\n");
	snprintf(name, sizeof(name), "module/%s", module + builtin);
	snprintf(bus, sizeof(bus), "bus/any/drivers/%s/module", driver);
	if (!exists(t, bus))
		make_link(t, bus, name);
}

static void make_block(struct test *t, const char *number, const char *device)
{
	char name[1024];

	make_dir(t, device);
	snprintf(name, sizeof(name), "dev/block/%s", number);
	make_link(t, name, device);
}

static void make_partition(struct test *t, const char *number, const char *device)
{
	char name[1024];

	make_block(t, number, device);
	snprintf(name, sizeof(name), "%s/partition", device);
	make_text(t, name, "1\n");
}

static void make_slave(struct test *t, const char *device, const char *slave)
{
	char name[1024];

	snprintf(name, sizeof(name), "%s/slaves/%s", device, strrchr(slave, '/') + 1);
	make_link(t, name, slave);
}

/* --- asking --- */

/* The names with a blank behind each; '=' in front of those that were not loaded from a file. */
static const char *text_of(const struct host_drivers *drivers)
{
	static char out[4096];

	out[0] = 0;
	for (size_t i = 0; i < drivers->count; i++)
		strcat(strcat(strcat(out, drivers->item[i].from_file ? "" : "="), drivers->item[i].name), " ");
	return out;
}

static const char *chain(struct test *t, const char *number)
{
	static char said[600];
	struct host_drivers drivers = {.count = 0};
	struct error e = {.code = 0};

	if (hostonly_device(&drivers, t->scratch, number, &e) == 0)
		return text_of(&drivers);
	snprintf(said, sizeof(said), "%d: %s", e.code, e.text);
	return said;
}

#define PCI "devices/pci0000:00/0000:00:05.0"

static void virtio(struct test *t)
{
	make_device(t, PCI, "virtio-pci", "virtio_pci");
	make_device(t, PCI "/virtio1", "virtio_blk", "virtio_blk");
	make_block(t, "254:0", PCI "/virtio1/block/vda");
	make_partition(t, "254:1", PCI "/virtio1/block/vda/vda1");
	CHECK_STR(t, chain(t, "254:0"), "virtio_pci virtio_blk ");
	CHECK_STR(t, chain(t, "254:1"), "virtio_pci virtio_blk ");
	make_device(t, "devices/platform/a000000.virtio_mmio", "virtio-mmio", "virtio_mmio");
	make_device(t, "devices/platform/a000000.virtio_mmio/virtio2", "virtio_blk", "virtio_blk");
	make_block(t, "254:16", "devices/platform/a000000.virtio_mmio/virtio2/block/vdb");
	CHECK_STR(t, chain(t, "254:16"), "virtio_mmio virtio_blk ");
}

static void virtio_scsi(struct test *t)
{
	make_device(t, PCI, "virtio-pci", "=virtio_pci");
	make_device(t, PCI "/virtio0", "virtio_scsi", "virtio_scsi");
	make_device(t, PCI "/virtio0/host2/target2:0:0/2:0:0:0", "sd", "sd_mod");
	make_block(t, "8:0", PCI "/virtio0/host2/target2:0:0/2:0:0:0/block/sda");
	CHECK_STR(t, chain(t, "8:0"), "=virtio_pci virtio_scsi sd_mod ");
}

static void nvme(struct test *t)
{
	make_device(t, "devices/pci0000:00/0000:00:0e.0", "vmd", "vmd");
	make_device(t, "devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:01.0", "pcieport", NULL);
	make_device(t, "devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:01.0/10000:e1:00.0", "nvme", "nvme");
	make_block(t, "259:0",
		   "devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:01.0/10000:e1:00.0/nvme/nvme0/nvme0n1");
	CHECK_STR(t, chain(t, "259:0"), "vmd nvme ");
}

/* The disk that native multipath makes of several controllers. */
static void nvme_multipath(struct test *t)
{
	make_device(t, PCI, "nvme", "nvme");
	make_dir(t, PCI "/nvme/nvme3/nvme3c3n1");
	make_block(t, "259:4", "devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
	make_partition(t, "259:5", "devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1");
	make_link(t, "devices/virtual/nvme-subsystem/nvme-subsys0/nvme3", PCI "/nvme/nvme3");
	make_link(t, "devices/virtual/nvme-subsystem/nvme-subsys0/subsystem", "class");
	CHECK_STR(t, chain(t, "259:5"), "nvme ");
}

static void ahci(struct test *t)
{
	make_device(t, "devices/pci0000:00/0000:00:1f.2", "ahci", "ahci");
	make_device(t, "devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0", "sd", "sd_mod");
	make_block(t, "8:0", "devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda");
	CHECK_STR(t, chain(t, "8:0"), "ahci sd_mod ");
}

#define USB PCI "/usb2/2-1/2-1:1.0"

static void usb(struct test *t)
{
	make_device(t, PCI, "xhci_hcd", "xhci_pci");
	make_device(t, PCI "/usb2", "usb", "usbcore");
	make_device(t, PCI "/usb2/2-1", "usb", "usbcore");
	make_device(t, USB, "usb-storage", "usb_storage");
	make_device(t, USB "/host6/target6:0:0/6:0:0:0", "sd", "sd_mod");
	make_block(t, "8:16", USB "/host6/target6:0:0/6:0:0:0/block/sdb");
	CHECK_STR(t, chain(t, "8:16"), "xhci_pci usbcore usb_storage sd_mod ");
}

/* A disk of a board: its host controller needs a regulator, and that a bus. */
static void mmc(struct test *t)
{
	static const char host[] = "devices/platform/soc/fe310000.mmc";
	static const char links[] = "devices/virtual/devlink/i2c:0-001b--platform:fe310000.mmc";
	char name[1024];

	make_device(t, "devices/platform/soc/ff3c0000.i2c", "rk3x-i2c", "i2c_rk3x");
	make_device(t, "devices/platform/soc/ff3c0000.i2c/i2c-0/0-001b", "rk808", "rk808");
	make_device(t, host, "sdhci-arasan", "sdhci_of_arasan");
	make_device(t, "devices/platform/soc/fe310000.mmc/mmc_host/mmc0/mmc0:0001", "mmcblk", "mmc_block");
	make_block(t, "179:0", "devices/platform/soc/fe310000.mmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0");
	make_dir(t, links);
	snprintf(name, sizeof(name), "%s/supplier", links);
	make_link(t, name, "devices/platform/soc/ff3c0000.i2c/i2c-0/0-001b");
	snprintf(name, sizeof(name), "%s/supplier:i2c:0-001b", host);
	make_link(t, name, links);
	CHECK_STR(t, chain(t, "179:0"), "i2c_rk3x rk808 sdhci_of_arasan mmc_block ");
}

static void guests(struct test *t)
{
	make_device(t, "devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00", "hv_vmbus", "hv_vmbus");
	make_device(t, "devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/f8b3781a", "hv_storvsc", "hv_storvsc");
	make_device(t, "devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/f8b3781a/host0/target0:0:0/0:0:0:0", "sd",
		    "sd_mod");
	make_block(t, "8:0",
		   "devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/f8b3781a/host0/target0:0:0/0:0:0:0/block/sda");
	CHECK_STR(t, chain(t, "8:0"), "hv_vmbus hv_storvsc sd_mod ");
	make_device(t, "devices/vbd-51712", "vbd", "xen_blkfront");
	make_block(t, "202:0", "devices/vbd-51712/block/xvda");
	CHECK_STR(t, chain(t, "202:0"), "xen_blkfront ");
}

#define DISKS  "devices/pci0000:00/0000:00:1f.2/"
#define SDA    DISKS "ata1/host0/target0:0:0/0:0:0:0"
#define SDB    DISKS "ata2/host1/target1:0:0/1:0:0:0"
#define VBLOCK "devices/virtual/block/"

/* Two disks, each with a partition; md1 is made of these. */
static void make_mirror(struct test *t)
{
	make_device(t, "devices/pci0000:00/0000:00:1f.2", "ahci", "ahci");
	make_device(t, SDA, "sd", "sd_mod");
	make_device(t, SDB, "sd", "=sd_mod");
	make_partition(t, "8:1", SDA "/block/sda/sda1");
	make_partition(t, "8:17", SDB "/block/sdb/sdb1");
	make_block(t, "9:1", VBLOCK "md1");
	make_text(t, VBLOCK "md1/md/level", "raid1\n");
	make_slave(t, VBLOCK "md1", SDA "/block/sda/sda1");
	make_slave(t, VBLOCK "md1", SDB "/block/sdb/sdb1");
	make_text(t, "module/raid1/initstate", "live\n");
	make_text(t, "module/md_mod/initstate", "live\n");
	make_text(t, "module/dm_mod/initstate", "live\n");
}

static void stacks(struct test *t)
{
	make_mirror(t);
	CHECK_STR(t, chain(t, "9:1"), "ahci sd_mod md_mod raid1 ");
	make_block(t, "253:0", VBLOCK "dm-0");
	make_text(t, VBLOCK "dm-0/dm/uuid", "LVM-abcdef\n");
	make_text(t, VBLOCK "dm-0/dm/name", "vg-root\n");
	make_slave(t, VBLOCK "dm-0", VBLOCK "md1");
	CHECK_STR(t, chain(t, "253:0"), "ahci sd_mod md_mod raid1 dm_mod ");
	make_block(t, "253:1", VBLOCK "dm-1");
	make_text(t, VBLOCK "dm-1/dm/uuid", "CRYPT-LUKS2-0123-root\n");
	make_slave(t, VBLOCK "dm-1", VBLOCK "dm-0");
	CHECK_STR(t, chain(t, "253:1"), "ahci sd_mod md_mod raid1 dm_mod =dm_crypt ");
}

static void multipath(struct test *t)
{
	make_mirror(t);
	make_block(t, "253:0", VBLOCK "dm-0");
	make_text(t, VBLOCK "dm-0/dm/uuid", "mpath-3600508b400105e21\n");
	make_slave(t, VBLOCK "dm-0", SDA "/block/sda");
	make_slave(t, VBLOCK "dm-0", SDB "/block/sdb");
	make_block(t, "253:1", VBLOCK "dm-1");
	make_text(t, VBLOCK "dm-1/dm/uuid", "part1-mpath-3600508b400105e21\n");
	make_slave(t, VBLOCK "dm-1", VBLOCK "dm-0");
	CHECK_STR(t, chain(t, "253:1"), "ahci sd_mod dm_mod =dm_multipath ");
	make_block(t, "253:2", VBLOCK "dm-2");
	make_text(t, VBLOCK "dm-2/dm/name", "vg-data_rimage_0\n");
	make_slave(t, VBLOCK "dm-2", SDA "/block/sda/sda1");
	CHECK_STR(t, chain(t, "253:2"), "ahci sd_mod dm_mod =dm_raid ");
}

static void levels(struct test *t)
{
	static const char *const cases[][2] = {
		{"raid0", "=md_mod =raid0 "},
		{"raid5", "=md_mod =raid456 "},
		{"raid6", "=md_mod =raid456 "},
		{"raid10", "=md_mod =raid10 "},
		{"container", "=md_mod "},
		{"", "=md_mod "},
		{"linear", "=md_mod =linear =md_linear "},
	};

	make_block(t, "9:0", VBLOCK "md0");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_text(t, VBLOCK "md0/md/level", cases[i][0]);
		CHECK_STR(t, chain(t, "9:0"), cases[i][1]);
	}
}

/* Links that lead in circles or away, and devices that are no disks. */
static void bounds(struct test *t)
{
	char name[64], slave[64];

	make_mirror(t);
	make_slave(t, VBLOCK "md1", VBLOCK "md1");
	make_link(t, "devices/pci0000:00/0000:00:1f.2/supplier:self", "devices/virtual/devlink/self");
	make_dir(t, "devices/virtual/devlink/self");
	make_link(t, "devices/virtual/devlink/self/supplier", SDA);
	CHECK_STR(t, chain(t, "9:1"), "sd_mod ahci md_mod raid1 ");
	CHECK_HAS(t, chain(t, "7:0"), "19: ");
	CHECK_HAS(t, chain(t, "7:0"), "dev/block/7:0: no such block device");
	CHECK_HAS(t, chain(t, "../../../etc"), "no such block device");
	make_link(t, "dev/block/1:1", "module");
	CHECK_HAS(t, chain(t, "1:1"), "no such block device");
	make_block(t, "7:1", VBLOCK "loop1");
	CHECK_HAS(t, chain(t, "7:1"), "95: loop1 is made by software");
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), VBLOCK "md%d", 100 + i);
		snprintf(slave, sizeof(slave), VBLOCK "md%d", 101 + i);
		make_dir(t, slave);
		make_slave(t, name, slave);
	}
	make_link(t, "dev/block/9:100", VBLOCK "md100");
	CHECK_HAS(t, chain(t, "9:100"), "more than 16 levels of nested devices");
}

/* --- what is recorded of md and dm --- */

/* A node with a superblock of version 1.2; device: its directory in sysfs. */
static void make_member(struct test *t, const char *device, const char *node)
{
	static const uint8_t uuid[16] = {0x3a, 0xaa, 1,    0x22, 0x29, 0x82, 0x7c, 0xfa,
					 0x53, 0x31, 0xad, 0x66, 0xca, 0x76, 0x73, 0x71};
	uint8_t super[MD_SUPER_SIZE] = {0};
	char name[1024], path[PATH_MAX];
	FILE *f;

	snprintf(name, sizeof(name), "%s/size", device);
	make_text(t, name, "2048\n");
	snprintf(name, sizeof(name), "dev-nodes/%s", node);
	make_text(t, name, "");
	put_le32(super, 0xa92b4efc);
	put_le32(super + 4, 1);
	memcpy(super + 16, uuid, sizeof(uuid));
	put_le32(super + 72, 1);
	put_le32(super + 92, 2);
	put_le64(super + 144, 8);
	snprintf(path, sizeof(path), "%s/%s", t->scratch, name);
	f = fopen(path, "r+");
	CHECK(t, f && fseek(f, 4096, SEEK_SET) == 0 && fwrite(super, sizeof(super), 1, f) == 1 && fclose(f) == 0);
}

/* The tables that a kernel has. */
static const char *const tables[][2] = {
	{"vg-root", "0 4096 linear 9:1 2048\n4096 8192 linear 8:1 384\n"},
	{"vg-fast", "0 8192 striped 2 128 8:1 0 8:17 0\n"},
	{"luks-root", "0 4096 crypt aes-cbc-essiv:sha256 :16:logon:cryptsetup:0123-d0 0 253:0 4096 1 allow_discards\n"},
	{"vg-wide", "0 8192 striped 2 128 8:1 0 253:0 4096\n"},
	{"thin", "0 8192 thin 253:9 1\n"},
};

static int read_table(const char *name, char *text, size_t size, struct error *e)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(tables[i][0], name) != 0)
			continue;
		snprintf(text, size, "%s", tables[i][1]);
		return 0;
	}
	return error_set(e, ENXIO, "unknown device name");
}

/* What the device of the key says: 1, 0, or a negative errno. */
static int fitting;
static char tried[256];

static int read_fits(const char *name, const struct dm_target *line, struct error *e)
{
	snprintf(tried, sizeof(tried), "%s %llu %llu %s %s", name, (unsigned long long)line->start,
		 (unsigned long long)line->length, line->type, line->arguments);
	return fitting < 0 ? error_set(e, -fitting, "making the device") : fitting;
}

static int read_tag(const char *node, char *text, size_t size, struct error *e)
{
	if (strcmp(node, "/dev/sdb1") == 0)
		return error_set(e, ENODEV, "%s has no UUID", node);
	snprintf(text, size, "UUID=of-%s", node + 5);
	return 0;
}

static char said[2048];

static void keep_note(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	strncat(strncat(said, text, sizeof(said) - strlen(said) - 2), "\n", 2);
}

/* The lines md and dm of the plan, each with a newline. */
static void shown_volumes(const struct plan *plan, char *out, size_t room)
{
	struct buffer text CLEANUP(buffer_deinit) = {0};
	size_t used = 0;
	struct error e;

	out[0] = 0;
	show_config(&text, plan, &e);
	for (const char *p = buffer_text(&text); *p; p += strcspn(p, "\n") + 1)
		if (strncmp(p, "md ", 3) == 0 || strncmp(p, "dm ", 3) == 0)
			used += (size_t)snprintf(out + used, room - used, "%.*s\n", (int)strcspn(p, "\n"), p);
}

/* The recorded lines, or the error; given: what the configuration says already. */
static const char *recorded(struct test *t, const char *number, const char *given)
{
	static char out[2048], dev[PATH_MAX];
	struct host_view view = {
		.sysfs = t->scratch, .dev = dev, .table = read_table, .tag = read_tag, .fits = read_fits};
	struct log log = {.line = keep_note};
	struct error e = {.code = 0};
	struct plan plan;

	snprintf(dev, sizeof(dev), "%s/dev-nodes", t->scratch);
	said[0] = 0;
	CHECK_INT(t, plan_parse(&plan, NULL, span_of(given, strlen(given)), "f.conf", NULL, &e), 0);
	CHECK_INT(t, plan_read_keys(&plan, NULL, NULL, &e), 0);
	if (hostonly_volumes(&plan, &view, number, &log, &e) < 0)
		snprintf(out, sizeof(out), "%d: %s\n", e.code, e.text);
	else
		shown_volumes(&plan, out, sizeof(out));
	plan_deinit(&plan);
	return out;
}

#define ARRAY      "md /dev/md1 3aaa0122-2982-7cfa-5331-ad66ca767371 raid1\n"
#define PLAIN      "ext4 UUID=1\n"
#define KEY_DIGITS "746865206b6579206f66206120776b2e" /* "the key of a wk." */

static void make_dm(struct test *t, int minor, const char *name, const char *slave)
{
	char device[64], leaf[96], number[16];

	snprintf(device, sizeof(device), VBLOCK "dm-%d", minor);
	snprintf(number, sizeof(number), "253:%d", minor);
	make_block(t, number, device);
	snprintf(leaf, sizeof(leaf), "%s/dm/name", device);
	make_text(t, leaf, name);
	make_slave(t, device, slave);
}

static void record_arrays(struct test *t)
{
	make_mirror(t);
	CHECK_HAS(t, recorded(t, "9:1", PLAIN), "95: /dev/md1: no md superblock found on its members");
	make_member(t, SDB "/block/sdb/sdb1", "sdb1");
	CHECK_STR(t, recorded(t, "9:1", PLAIN), ARRAY);
	CHECK_STR(t, recorded(t, "9:1", "md /dev/md1 3aaa0122:29827cfa:5331ad66:ca767371 raid1 force\n" PLAIN),
		  "md /dev/md1 3aaa0122:29827cfa:5331ad66:ca767371 raid1 force\n");
	make_partition(t, "259:9", VBLOCK "md1/md1p1");
	CHECK_STR(t, recorded(t, "259:9", PLAIN), ARRAY);
	CHECK_STR(t, recorded(t, "8:1", PLAIN), "");
	CHECK_HAS(t, recorded(t, "7:0", PLAIN), "no such block device");
	make_block(t, "9:2", VBLOCK "md_home");
	make_text(t, VBLOCK "md_home/md/level", "raid1\n");
	make_slave(t, VBLOCK "md_home", SDB "/block/sdb/sdb1");
	CHECK_HAS(t, recorded(t, "9:2", PLAIN), "write the array's device first: /dev/md and a number");
}

static void record_mapped(struct test *t)
{
	static const char root[] =
		"dm vg-root 0 4096 linear /dev/md1 2048\ndm vg-root 4096 8192 linear UUID=of-sda1 384\n";
	char want[1024];

	make_mirror(t);
	make_member(t, SDA "/block/sda/sda1", "sda1");
	make_dm(t, 0, "vg-root\n", VBLOCK "md1");
	make_slave(t, VBLOCK "dm-0", SDA "/block/sda/sda1");
	snprintf(want, sizeof(want), "%s%s", ARRAY, root);
	CHECK_STR(t, recorded(t, "253:0", PLAIN), want);
	/* A key is not taken unasked; where the configuration has it, what is below is recorded all the same. */
	make_dm(t, 1, "luks-root\n", VBLOCK "dm-0");
	CHECK_HAS(t, recorded(t, "253:1", PLAIN), "95: luks-root is encrypted (type crypt)");
	CHECK_HAS(t, recorded(t, "253:1", PLAIN), "\ndm_key luks-root FILE\n'cryptsetup luksDump --dump-volume-key");
	CHECK_HAS(t,
		  recorded(t, "253:1",
			   "dm luks-root 0 4096 crypt aes-cbc-plain64 00112233445566778899aabbccddeeff 0 "
			   "/dev/mapper/vg-root 0\n" PLAIN),
		  root);
	make_dm(t, 2, "vg-fast\n", SDA "/block/sda/sda1");
	CHECK_HAS(t, recorded(t, "253:2", PLAIN), "19: vg-fast: /dev/sdb1 has no UUID");
	make_dm(t, 3, "thin\n", SDA "/block/sda/sda1");
	CHECK_HAS(t, recorded(t, "253:3", PLAIN), "95: thin is of type thin, which cannot be recorded");
	make_dm(t, 4, "gone\n", SDA "/block/sda/sda1");
	CHECK_HAS(t, recorded(t, "253:4", PLAIN), "6: the table of /dev/mapper/gone: unknown device name");
	make_dm(t, 5, "mpatha\n", SDA "/block/sda");
	make_text(t, VBLOCK "dm-5/dm/uuid", "mpath-3600508b400105e21\n");
	CHECK_STR(t, recorded(t, "253:5", PLAIN), "");
	make_dm(t, 6, "loop\n", VBLOCK "dm-6");
	CHECK_HAS(t, recorded(t, "253:6", PLAIN), "more than 16 levels of nested devices");
}

static void record_striped(struct test *t)
{
	make_mirror(t);
	make_member(t, SDA "/block/sda/sda1", "sda1");
	make_dm(t, 0, "vg-root\n", VBLOCK "md1");
	make_dm(t, 3, "vg-wide\n", SDA "/block/sda/sda1");
	make_slave(t, VBLOCK "dm-3", VBLOCK "dm-0");
	CHECK_HAS(t, recorded(t, "253:3", PLAIN),
		  "dm vg-wide 0 8192 striped 2 128 UUID=of-sda1 0 /dev/mapper/vg-root 4096\n");
}

/* Each level that md has comes with its name, which chooses the module. */
static void record_levels(struct test *t)
{
	static const char *const names[] = {"raid0", "raid1", "raid4", "raid5", "raid6", "raid10", "linear"};
	char want[128];

	make_mirror(t);
	make_member(t, SDA "/block/sda/sda1", "sda1");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		make_text(t, VBLOCK "md1/md/level", names[i]);
		snprintf(want, sizeof(want), "md /dev/md1 3aaa0122-2982-7cfa-5331-ad66ca767371 %s\n", names[i]);
		CHECK_STR(t, recorded(t, "9:1", PLAIN), want);
	}
	make_text(t, VBLOCK "md1/md/raid_disks", "7\n");
	CHECK_HAS(t, recorded(t, "9:1", PLAIN), " linear\n");
	make_text(t, VBLOCK "md1/md/level", "raid6\n");
	CHECK_HAS(t, recorded(t, "9:1", PLAIN), " raid6 members=7\n");
	make_text(t, VBLOCK "md1/md/raid_disks", "4 (3)\n");
	CHECK_HAS(t, recorded(t, "9:1", PLAIN), " raid6 members=4\n");
}

static void record_encrypted(struct test *t)
{
	static const char line[] = "luks-root 0 4096 crypt aes-cbc-essiv:sha256 " KEY_DIGITS " 0 ";
	char conf[PATH_MAX + 64], want[512];

	make_mirror(t);
	make_member(t, SDA "/block/sda/sda1", "sda1");
	make_dm(t, 0, "vg-root\n", VBLOCK "md1");
	make_dm(t, 1, "luks-root\n", VBLOCK "dm-0");
	make_text(t, "volume.key", "the key of a wk.");
	snprintf(conf, sizeof(conf), "dm_key luks-root %s/volume.key\n" PLAIN, t->scratch);
	fitting = 1;
	snprintf(want, sizeof(want), "dm %s/dev/mapper/vg-root 4096 1 allow_discards\n", line);
	CHECK_HAS(t, recorded(t, "253:1", conf), want);
	snprintf(want, sizeof(want), "%s253:0 4096 1 allow_discards", line);
	CHECK_STR(t, tried, want);
	CHECK_HAS(t, said, "recorded: dm luks-root 0 4096 crypt ...\n");
	CHECK(t, !strstr(said, KEY_DIGITS));
	fitting = 0;
	CHECK_HAS(t, recorded(t, "253:1", conf),
		  "22: luks-root: the file that dm_key names does not hold this device's key");
	fitting = -EPERM;
	snprintf(want, sizeof(want), "dm %s/dev/mapper/vg-root", line);
	CHECK_HAS(t, recorded(t, "253:1", conf), want);
	CHECK_HAS(t, said, "luks-root: could not test its key: making the device\n");
	make_text(t, "volume.key", "a longer key for the same volume");
	CHECK_HAS(t, recorded(t, "253:1", conf),
		  "22: --hostonly: dm luks-root 0 4096 crypt...: the key in the key file differs in size from the "
		  "device's\n"
		  "add a line before it: dm_key luks-root FILE; 'cryptsetup luksDump");
}

static const char *watchdogs(struct test *t, int count)
{
	struct host_drivers drivers = {.count = 0};
	struct error e = {.code = 0};

	CHECK_INT(t, hostonly_watchdogs(&drivers, t->scratch, &e), count);
	return text_of(&drivers);
}

static void watchdog(struct test *t)
{
	static const char tco[] = "devices/pci0000:00/0000:00:1f.4/iTCO_wdt";

	CHECK_STR(t, watchdogs(t, 0), "");
	make_device(t, "devices/pci0000:00/0000:00:1f.4", "i801_smbus", "i2c_i801");
	make_device(t, tco, "iTCO_wdt", "iTCO_wdt");
	make_text(t, "devices/pci0000:00/0000:00:1f.4/iTCO_wdt/watchdog/watchdog0/state", "inactive\n");
	make_text(t, "devices/pci0000:00/0000:00:1f.4/iTCO_wdt/watchdog/watchdog0/nowayout", "0\n");
	make_link(t, "class/watchdog/watchdog0", "devices/pci0000:00/0000:00:1f.4/iTCO_wdt/watchdog/watchdog0");
	CHECK_STR(t, watchdogs(t, 0), "");
	make_text(t, "devices/pci0000:00/0000:00:1f.4/iTCO_wdt/watchdog/watchdog0/nowayout", "1\n");
	CHECK_STR(t, watchdogs(t, 1), "i2c_i801 iTCO_wdt ");
	make_text(t, "devices/pci0000:00/0000:00:1f.4/iTCO_wdt/watchdog/watchdog0/nowayout", "0\n");
	make_text(t, "devices/pci0000:00/0000:00:1f.4/iTCO_wdt/watchdog/watchdog0/state", "active\n");
	CHECK_STR(t, watchdogs(t, 1), "i2c_i801 iTCO_wdt ");
	/* softdog has no device; one that does not say its state is taken for armed. */
	make_text(t, "devices/virtual/watchdog/watchdog1/state", "active\n");
	make_link(t, "class/watchdog/watchdog1", "devices/virtual/watchdog/watchdog1");
	make_device(t, PCI, "i6300ESB timer", "i6300esb");
	make_dir(t, PCI "/watchdog/watchdog2");
	make_link(t, "class/watchdog/watchdog2", PCI "/watchdog/watchdog2");
	CHECK_STR(t, watchdogs(t, 3), "i2c_i801 iTCO_wdt i6300esb ");
}

static void want(struct test *t)
{
	static const char dep[] = "kernel/ahci.ko: kernel/libata.ko\nkernel/libata.ko:\nkernel/sd_mod.ko:\n";
	static const char builtin[] = "kernel/drivers/virtio/virtio_pci.ko\n";
	struct module_texts texts = {.dep = span_of(dep, sizeof(dep) - 1),
				     .builtin = span_of(builtin, sizeof(builtin) - 1)};
	struct host_drivers drivers = {
		.item = {{"virtio_pci", true}, {"pcieportdrv", false}, {"ahci", true}, {"sd_mod", true}}, .count = 4};
	struct modules m;
	struct error e = {.code = 0};

	CHECK_INT(t, modules_init(&m, &texts, &e), 0);
	CHECK_INT(t, hostonly_want(&m, &drivers, &e), 0);
	CHECK_INT(t, m.nr_order, 3);
	CHECK_STR(t, m.module[m.order[2]].name, "ahci");
	drivers.item[1].from_file = true;
	CHECK_INT(t, hostonly_want(&m, &drivers, &e), -ENOENT);
	CHECK_HAS(t, e.text, "needs the module pcieportdrv here");
	m.texts.builtin.size = 0;
	CHECK_INT(t, hostonly_want(&m, &drivers, &e), 0);
	modules_deinit(&m);
}

void suite_hostonly(struct test *t)
{
	test_run(t, "virtio on PCI and in memory", virtio);
	test_run(t, "SCSI over virtio", virtio_scsi);
	test_run(t, "NVMe behind a VMD", nvme);
	test_run(t, "NVMe's own multipath", nvme_multipath);
	test_run(t, "SATA", ahci);
	test_run(t, "USB", usb);
	test_run(t, "MMC with its suppliers", mmc);
	test_run(t, "Hyper-V and Xen", guests);
	test_run(t, "encryption on LVM on RAID", stacks);
	test_run(t, "multipath and LVM's RAID", multipath);
	test_run(t, "RAID levels", levels);
	test_run(t, "circles, strays and software", bounds);
	test_run(t, "arrays are recorded", record_arrays);
	test_run(t, "arrays of each level are recorded", record_levels);
	test_run(t, "mapped devices are recorded", record_mapped);
	test_run(t, "striped volumes are recorded", record_striped);
	test_run(t, "encrypted devices are recorded with the key of a file", record_encrypted);
	test_run(t, "watchdogs", watchdog);
	test_run(t, "the other kernel's modules", want);
}
