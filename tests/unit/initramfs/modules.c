#include "unit/test.h"

#include "text/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/modules.h"
#include "module/volume_modules.h"

static const char dep[] = "kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio_ring.ko "
			  "kernel/drivers/virtio/virtio.ko\n"
			  "kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko\n"
			  "kernel/drivers/virtio/virtio_ring.ko:\n"
			  "kernel/fs/xfs/xfs.ko.xz: kernel/lib/libcrc32c.ko.gz\n"
			  "kernel/lib/libcrc32c.ko.gz:\n"
			  "kernel/arch/x86/crypto/crc32c-intel.ko.zst:\n"
			  "kernel/fs/fat/fat.ko:\n"
			  "kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko\n"
			  "kernel/fs/nls/nls_cp437.ko:\n"
			  "kernel/fs/nls/nls_ascii.ko:\n"
			  "/lib/modules/x/a.ko: /lib/modules/x/b.ko\n"
			  "/lib/modules/x/b.ko: /lib/modules/x/a.ko\n"
			  "kernel/broken.ko: kernel/nowhere.ko\n";
static const char builtin[] = "kernel/fs/ext4/ext4.ko\nkernel/drivers/nvme/host/nvme-core.ko\n";
static const char softdep[] = "# Soft dependencies extracted from modules themselves.\nsoftdep libcrc32c pre: crc32c\n"
			      "softdep virtio-ring pre: ext4 nothing post: fat\n";
static const char aliases[] = "alias pci:v*d* x\nalias crc32c crc32c_intel\n";

static int make(struct modules *m, struct error *e)
{
	struct module_texts texts = {.dep = span_of(dep, sizeof(dep) - 1),
				     .builtin = span_of(builtin, sizeof(builtin) - 1),
				     .softdep = span_of(softdep, sizeof(softdep) - 1),
				     .alias = span_of(aliases, sizeof(aliases) - 1)};

	return modules_init(m, &texts, e);
}

/* The order's names, with a blank behind each. */
static const char *order_of(const struct modules *m)
{
	static char out[1024];

	out[0] = 0;
	for (size_t i = 0; i < m->nr_order; i++)
		strcat(strcat(out, m->module[m->order[i]].name), " ");
	return out;
}

static void closure(struct test *t)
{
	struct modules m;
	struct error e = {.code = 0};

	CHECK_INT(t, make(&m, &e), 0);
	CHECK_INT(t, modules_want(&m, "virtio-blk", &e), 0);
	CHECK_STR(t, order_of(&m), "virtio_ring fat virtio virtio_blk ");
	CHECK_INT(t, modules_want(&m, "virtio", &e), 0);
	CHECK_INT(t, modules_want(&m, "nvme_core", &e), 0);
	CHECK_INT(t, modules_want_filesystem(&m, "ext4", &e), 0);
	CHECK_INT(t, modules_want_filesystem(&m, "ext3", &e), 0);
	CHECK_STR(t, order_of(&m), "virtio_ring fat virtio virtio_blk ");
	modules_deinit(&m);
}

static void filesystems(struct test *t)
{
	struct modules m;
	struct error e = {.code = 0};

	make(&m, &e);
	CHECK_INT(t, modules_want_filesystem(&m, "xfs", &e), 0);
	CHECK_STR(t, order_of(&m), "crc32c_intel libcrc32c xfs ");
	CHECK_INT(t, modules_want_filesystem(&m, "vfat", &e), 0);
	CHECK_STR(t, order_of(&m), "crc32c_intel libcrc32c xfs fat vfat nls_cp437 nls_ascii ");
	CHECK_INT(t, modules_want_filesystem(&m, "f2fs", &e), -ENOENT);
	CHECK_STR(t, e.text,
		  "the file system f2fs: unknown module 'f2fs': neither a module nor built in\nsimilar names: xfs");
	modules_deinit(&m);
}

/* Soft dependencies as Debian's generic 6.1 has them: by aliases, of which each module is taken. */
static void soft_aliases(struct test *t)
{
	static const char dep_text[] =
		"f2fs.ko:\next4.ko: jbd2.ko\njbd2.ko:\nbtrfs.ko:\ncrc32-pclmul.ko:\ncrc32_generic.ko:\n"
		"crc32c-intel.ko:\ncrc32c_generic.ko:\nblake2b_generic.ko:\nsha256_ssse3.ko:\nr8169.ko:\n"
		"gpio-x.ko:\n";
	static const char builtin_text[] = "kernel/lib/crc32.ko\nkernel/crypto/sha256_generic.ko\n";
	static const char softdep_text[] =
		"softdep ext4 pre: crypto-crc32c\nsoftdep f2fs pre: crc32\nsoftdep btrfs pre: blake2b-256\n"
		"softdep btrfs pre: sha256\nsoftdep btrfs pre: nowhere\nsoftdep r8169 pre: platform:gpio_x.1\n";
	static const char alias_text[] =
		"alias crypto-crc32 crc32_pclmul\nalias crc32 crc32_pclmul\nalias crc32 crc32_generic\n"
		"alias crypto-crc32c crc32c_intel\nalias crypto-crc32c crc32c_generic\n"
		"alias blake2b-256 blake2b_generic\nalias sha256 sha256_ssse3\n"
		"alias platform:gpio-x.[0-9]* gpio_x\nalias crc32 gone\n";
	static const struct {
		const char *name, *order;
	} cases[] = {
		{"f2fs", "crc32_pclmul crc32_generic f2fs "},
		{"ext4", "jbd2 crc32c_intel crc32c_generic ext4 "},
		{"btrfs", "blake2b_generic btrfs "},
		{"r8169", "gpio_x r8169 "},
	};
	struct module_texts texts = {.dep = span_of(dep_text, sizeof(dep_text) - 1),
				     .builtin = span_of(builtin_text, sizeof(builtin_text) - 1),
				     .softdep = span_of(softdep_text, sizeof(softdep_text) - 1),
				     .alias = span_of(alias_text, sizeof(alias_text) - 1)};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct modules m;
		struct error e = {.code = 0};

		CHECK_INT(t, modules_init(&m, &texts, &e), 0);
		CHECK_INT(t, modules_want(&m, cases[i].name, &e), 0);
		CHECK_STR(t, order_of(&m), cases[i].order);
		modules_deinit(&m);
	}
}

/* What no dependency names, in kernels of modules without a dependency. */
static const char *with_companions(struct test *t, const char *dep_text, const char *builtin_text, const char *names)
{
	struct module_texts texts = {.dep = span_of(dep_text, strlen(dep_text)),
				     .builtin = span_of(builtin_text, strlen(builtin_text))};
	char copy[256];
	struct modules m;
	struct error e = {.code = 0};
	const char *order;

	snprintf(copy, sizeof(copy), "%s", names);
	CHECK_INT(t, modules_init(&m, &texts, &e), 0);
	for (char *name = strtok(copy, " "); name; name = strtok(NULL, " "))
		CHECK_INT(t, modules_want(&m, name, &e), 0);
	order = order_of(&m);
	modules_deinit(&m);
	return order;
}

static void companions(struct test *t)
{
	static const char virtio[] = "virtio_blk.ko:\nvirtio_pci.ko:\nvirtio_mmio.ko:\n";
	static const char ata[] = "ahci.ko: libata.ko\nlibata.ko: scsi_mod.ko\nscsi_mod.ko:\nsd_mod.ko: scsi_mod.ko\n";
	static const char usb[] = "sd-mod.ko:\nuas.ko: usb-storage.ko\nusb-storage.ko:\nxhci-pci.ko:\n";

	CHECK_STR(t, with_companions(t, virtio, "", "virtio_blk"), "virtio_blk virtio_pci virtio_mmio ");
	CHECK_STR(t, with_companions(t, virtio, "", "virtio_mmio virtio_blk"), "virtio_mmio virtio_blk ");
	CHECK_STR(t, with_companions(t, "virtio_blk.ko:\n", "virtio_pci.ko\n", "virtio_blk"), "virtio_blk ");
	CHECK_STR(t, with_companions(t, virtio + 15, "virtio_blk.ko\n", "virtio-blk"), "virtio_pci virtio_mmio ");
	CHECK_STR(t, with_companions(t, ata, "", "ahci"), "scsi_mod sd_mod libata ahci ");
	CHECK_STR(t, with_companions(t, ata, "", "sd_mod"), "scsi_mod sd_mod ");
	CHECK_STR(t, with_companions(t, "ahci.ko:\nsd_mod.ko:\n", "scsi_mod.ko\n", "ahci"), "ahci sd_mod ");
	CHECK_STR(t, with_companions(t, usb, "", "usb-storage"), "usb_storage sd_mod uas xhci_pci ");
	CHECK_STR(t,
		  with_companions(t, "sdhci.ko: mmc_core.ko\nmmc_core.ko:\nmmc_block.ko: mmc_core.ko\n", "", "sdhci"),
		  "mmc_core mmc_block sdhci ");
	CHECK_STR(t, with_companions(t, "dm-crypt.ko:\nxts.ko:\n", "", "dm_crypt"), "dm_crypt xts ");
}

static const char *with_cipher(struct test *t, const char *cipher)
{
	static const char dep_text[] =
		"dm-crypt.ko: dm-mod.ko\ndm-mod.ko:\nxts.ko:\necb.ko:\nessiv.ko: authenc.ko\nauthenc.ko:\n"
		"serpent_generic.ko:\naesni-intel.ko:\nchacha_generic.ko:\nadiantum.ko:\nnhpoly1305.ko:\n";
	static const char builtin_text[] = "aes_generic.ko\ncbc.ko\nsha256_generic.ko\n";
	static const char softdep_text[] = "softdep xts pre: ecb\n";
	static const char alias_text[] = "alias crypto-aes aesni_intel\nalias crypto-xchacha20 chacha_generic\n";
	struct module_texts texts = {.dep = span_of(dep_text, sizeof(dep_text) - 1),
				     .builtin = span_of(builtin_text, sizeof(builtin_text) - 1),
				     .softdep = span_of(softdep_text, sizeof(softdep_text) - 1),
				     .alias = span_of(alias_text, sizeof(alias_text) - 1)};
	struct modules m;
	struct error e = {.code = 0};
	const char *order;

	CHECK_INT(t, modules_init(&m, &texts, &e), 0);
	CHECK_INT(t, modules_want_cipher(&m, cipher, &e), 0);
	order = order_of(&m);
	modules_deinit(&m);
	return order;
}

/* The parts of a cipher's name, of which built-in ones need nothing, not even a faster implementation. */
static void ciphers(struct test *t)
{
	CHECK_STR(t, with_cipher(t, "aes-xts-plain64"), "ecb xts ");
	CHECK_STR(t, with_cipher(t, "capi:xts(aes)-plain64"), "ecb xts ");
	CHECK_STR(t, with_cipher(t, "aes-cbc-essiv:sha256"), "authenc essiv ");
	CHECK_STR(t, with_cipher(t, "serpent-xts-plain64"), "serpent_generic ecb xts ");
	CHECK_STR(t, with_cipher(t, "xchacha20,aes-adiantum-plain64"), "chacha_generic adiantum nhpoly1305 ");
	CHECK_STR(t, with_cipher(t, "unknown-none"), "");
}

static void missing(struct test *t)
{
	struct modules m;
	struct error e = {.code = 0};

	make(&m, &e);
	CHECK_INT(t, modules_want(&m, "virtio_bkl", &e), -ENOENT);
	CHECK_STR(t, e.text, "unknown module 'virtio_bkl': neither a module nor built in\nsimilar names: virtio_blk");
	CHECK_INT(t, modules_want(&m, "i_do_not_exist", &e), -ENOENT);
	CHECK_STR(t, e.text, "unknown module 'i_do_not_exist': neither a module nor built in");
	CHECK_INT(t, modules_want(&m, "broken", &e), -EINVAL);
	CHECK_STR(t, e.text, "modules.dep: broken needs kernel/nowhere.ko, which is not listed; run depmod again");
	modules_deinit(&m);
}

static void circle(struct test *t)
{
	struct modules m;
	struct error e = {.code = 0};

	make(&m, &e);
	CHECK_INT(t, modules_want(&m, "a", &e), 0);
	CHECK_STR(t, order_of(&m), "b a ");
	modules_deinit(&m);
}

static void damaged(struct test *t)
{
	struct module_texts texts = {.dep = span_of("a.ko:\n\nb.ko\n", 12)};
	struct modules m;
	struct error e = {.code = 0};
	char deep[8192] = "";

	CHECK_INT(t, modules_init(&m, &texts, &e), -EINVAL);
	CHECK_HAS(t, e.text, "modules.dep:3: expected 'PATH: PATH...'");
	modules_deinit(&m);
	for (int i = 0; i < 100; i++)
		sprintf(deep + strlen(deep), "m%d.ko: m%d.ko\n", i, i + 1);
	strcat(deep, "m100.ko:\n");
	texts.dep = span_of(deep, strlen(deep));
	CHECK_INT(t, modules_init(&m, &texts, &e), 0);
	CHECK_INT(t, modules_want(&m, "m0", &e), -EINVAL);
	CHECK_HAS(t, e.text, "nested more than 64 deep");
	modules_deinit(&m);
	texts.dep = span_of(NULL, 0);
	CHECK_INT(t, modules_init(&m, &texts, &e), 0);
	CHECK(t, !modules_known(&m, "xfs"));
	modules_deinit(&m);
}

static void file_names(struct test *t)
{
	struct string_list names = {0};
	struct modules m;
	struct error e = {.code = 0};

	make(&m, &e);
	modules_want(&m, "xfs", &e);
	for (size_t i = 0; i < m.nr_order; i++)
		modules_file_name(&m.module[m.order[i]], &names, &e);
	CHECK_STR(t, names.item[0], "crc32c-intel.ko");
	CHECK_STR(t, names.item[2], "xfs.ko");
	string_list_deinit(&names);
	modules_deinit(&m);
}

static void distances(struct test *t)
{
	CHECK_INT(t, suggest_distance("", ""), 0);
	CHECK_INT(t, suggest_distance("", "abc"), 3);
	CHECK_INT(t, suggest_distance("xfs", "xsf"), 1);
	CHECK_INT(t, suggest_distance("core_colector", "core_collector"), 1);
	CHECK_INT(t, suggest_distance("kitten", "sitting"), 3);
	CHECK(t, suggest_near("nsf", "nfs"));
	CHECK(t, !suggest_near("ab", "cd"));
}

void suite_modules(struct test *t)
{
	test_run(t, "what a module needs comes before it", closure);
	test_run(t, "file systems bring what no dependency names", filesystems);
	test_run(t, "soft dependencies by aliases", soft_aliases);
	test_run(t, "what no dependency names", companions);
	test_run(t, "a cipher's parts", ciphers);
	test_run(t, "a missing name is named, with its neighbours", missing);
	test_run(t, "a circle ends", circle);
	test_run(t, "a damaged modules.dep", damaged);
	test_run(t, "file names in the image", file_names);
	test_run(t, "distances between names", distances);
}
