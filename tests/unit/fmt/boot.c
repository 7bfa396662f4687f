/* What kexec looks at: kernel images and command lines. */
#include "unit/test.h"

#include <errno.h>
#include <string.h>

#include "fmt/kernel_cmdline.h"
#include "fmt/kernel_image.h"

static uint8_t head[KERNEL_HEAD];

static struct kernel_image probe(size_t size)
{
	struct kernel_image image;

	kernel_image_probe(span_of(head, size), &image);
	return image;
}

static void bzimage(struct test *t)
{
	struct kernel_image image;

	memset(head, 0, sizeof(head));
	memcpy(head + 0x1fe, "\x55\xaaxxHdrS", 8);
	put_le16(head + 0x206, 0x20f);
	put_le16(head + 0x20e, 0x3000);
	memcpy(head + 0x3200, "6.1.0-56-cloud-amd64 (root@x) #1", 32);
	put_le16(head + 0x236, 0x3f);
	put_le32(head + 0x238, 2047);
	put_le32(head + 0x260, 51 << 20);
	image = probe(sizeof(head));
	CHECK_INT(t, image.kind, KERNEL_BZIMAGE);
	CHECK_STR(t, image.version, "6.1.0-56-cloud-amd64");
	CHECK(t, image.is_64bit);
	CHECK_INT(t, image.cmdline_max, 2047);
	CHECK_INT(t, image.memory, 51 << 20);
	/* Cut short: what is not there is not said. */
	image = probe(0x230);
	CHECK_INT(t, image.kind, KERNEL_BZIMAGE);
	CHECK(t, !image.is_64bit);
	CHECK_INT(t, image.memory, 0);
	put_le16(head + 0x206, 0x204);
	CHECK(t, !probe(sizeof(head)).is_64bit);
	CHECK_INT(t, probe(0x205).kind, KERNEL_UNKNOWN);
	CHECK_INT(t, probe(0).kind, KERNEL_UNKNOWN);
}

static void other_images(struct test *t)
{
	struct kernel_image image;

	memset(head, 0, sizeof(head));
	memcpy(head + 56, "ARM\x64", 4);
	put_le64(head + 16, 30 << 20);
	image = probe(sizeof(head));
	CHECK_INT(t, image.kind, KERNEL_ARM64);
	CHECK_INT(t, image.memory, 30 << 20);
	memset(head, 0, sizeof(head));
	memcpy(head, "\177ELF", 4);
	CHECK_INT(t, probe(4096).kind, KERNEL_ELF);
	memcpy(head, "\x1f\x8b\x08", 3);
	image = probe(4096);
	CHECK_INT(t, image.kind, KERNEL_COMPRESSED);
	CHECK_INT(t, image.compression, COMPRESSION_GZIP);
	memcpy(head, "MZ\0\0zimg", 8);
	CHECK_INT(t, probe(4096).kind, KERNEL_ZBOOT);
	memcpy(head, "hello", 5);
	CHECK_INT(t, probe(5).kind, KERNEL_UNKNOWN);
}

static const char *reuse(const char *line, bool capture)
{
	static char out[256];
	static struct error e;

	return cmdline_reuse(line, capture, out, sizeof(out), &e) < 0 ? e.text : out;
}

static void cmdlines(struct test *t)
{
	char line[32] = "a=1";
	struct span value;
	struct error e;

	CHECK_STR(t, reuse("a crashbox.token=1,2 b", false), "a b");
	CHECK_STR(t, reuse("BOOT_IMAGE=/vmlinuz root=UUID=1 ro  crashkernel=64M quiet\n", false),
		  "root=UUID=1 ro crashkernel=64M quiet");
	CHECK_STR(t, reuse("BOOT_IMAGE=/vmlinuz root=UUID=1 ro  crashkernel=64M quiet\n", true), "root=UUID=1 ro");
	CHECK_STR(t,
		  reuse("crashkernel=1G-4G:64M,high x crashkernel=32M,low hugepages=4 hugepagesz=2M hugepages_x", true),
		  "x");
	CHECK_STR(t, reuse("slub-debug=F log-buf-len=1M panic_on_warn quietly=1 crashkernels", true),
		  "quietly=1 crashkernels");
	CHECK_STR(t, reuse("dyndbg=\"file a.c +p; crashkernel=1\" crashkernel=\"x y\" z", true),
		  "dyndbg=\"file a.c +p; crashkernel=1\" z");
	CHECK_STR(t, reuse("", true), "");
	CHECK_INT(t, cmdline_add(line, sizeof(line), "b c", &e), 0);
	CHECK_INT(t, cmdline_add(line, sizeof(line), NULL, &e), 0);
	CHECK_STR(t, line, "a=1 b c");
	CHECK_INT(t, cmdline_add(line, sizeof(line), "twenty-three letters...", &e), 0);
	CHECK_INT(t, strlen(line), 31);
	CHECK_INT(t, cmdline_add(line, sizeof(line), "x", &e), -E2BIG);
	CHECK(t, cmdline_has("a crash-kernel=1 b", "crash_kernel"));
	CHECK(t, !cmdline_has("a=crashkernel crashkernels", "crashkernel"));
	CHECK(t, cmdline_value("a b.c=1,2 b.c=3\n", "b.c", &value) && span_is(value, "1,2"));
	CHECK(t, cmdline_value("a b.c= d", "b.c", &value) && value.size == 0);
	CHECK(t, cmdline_value("a b.c", "b.c", &value) && value.size == 0);
	CHECK(t, !cmdline_value("a b.cd=1 b", "b.c", &value));
}

void suite_boot(struct test *t)
{
	test_run(t, "a bzImage", bzimage);
	test_run(t, "other images", other_images);
	test_run(t, "command lines", cmdlines);
}
