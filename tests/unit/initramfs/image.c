#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/archive.h"
#include "base/cleanup.h"
#include "kernel/capture_kernel.h"
#include "kernel/capture_cmdline.h"
#include "fmt/cpio.h"
#include "compress/compress.h"
#include "image/image.h"
#include "output.h"
#include "sys/file.h"
#include "compress/decompress.h"

/* --- archive and gzip --- */

static void order(struct test *t)
{
	static const char *const want[] = {"init", "dev", "dev/console", "etc", "etc/capture.sh", "target"};
	struct archive a CLEANUP(archive_deinit) = {0};
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct error e = {.code = 0};
	struct cpio_reader r;
	struct cpio_entry entry;

	CHECK_INT(t, archive_add(&a, "target", S_IFDIR | 0700, span_of(NULL, 0), &e), 0);
	CHECK_INT(t, archive_add(&a, "etc/capture.sh", S_IFREG | 0644, span_of("x", 1), &e), 0);
	CHECK_INT(t, archive_add_node(&a, "dev/console", S_IFCHR | 0600, 5, 1, &e), 0);
	CHECK_INT(t, archive_add(&a, "init", S_IFREG | 0755, span_of("i", 1), &e), 0);
	CHECK_INT(t, archive_add(&a, "etc", S_IFDIR | 0755, span_of(NULL, 0), &e), 0);
	CHECK_INT(t, archive_add(&a, "init", S_IFREG | 0755, span_of("i", 1), &e), -EEXIST);
	CHECK_INT(t, archive_add(&a, "/init", S_IFREG | 0755, span_of("i", 1), &e), -EINVAL);
	CHECK_INT(t, archive_write(&a, 5, &out, &e), 0);
	r = (struct cpio_reader){.archive = buffer_span(&out)};
	for (unsigned i = 0; i < 6 && cpio_next(&r, &entry, &e) > 0; i++) {
		CHECK_STR(t, entry.name, want[i]);
		CHECK_INT(t, entry.ino, i + 1);
		CHECK_INT(t, entry.mtime, 5);
	}
	CHECK_INT(t, cpio_next(&r, &entry, &e), 0);
}

static void gzipped(struct test *t)
{
	struct buffer packed CLEANUP(buffer_deinit) = {0}, plain CLEANUP(buffer_deinit) = {0};
	struct error e = {.code = 0};
	size_t one;

	CHECK_INT(t, compress_data(&packed, COMPRESSION_GZIP, span_of("hello hello hello", 17), &e), 0);
	/* RFC 1952: no flags, no time; 2: best compression; 3: Unix. */
	CHECK_MEM(t, packed.data, "\x1f\x8b\x08\0\0\0\0\0\x02\x03", 10);
	one = packed.size;
	CHECK_INT(t, compress_data(&packed, COMPRESSION_GZIP, span_of("!", 1), &e), 0);
	CHECK_INT(t, decompress_all(&plain, buffer_span(&packed), 100, &e), 0);
	CHECK_STR(t, plain.data, "hello hello hello!");
	CHECK_INT(t, decompress_all(&plain, buffer_span(&packed), 10, &e), -EFBIG);
	CHECK_INT(t, decompress_all(&plain, span_of(packed.data, one - 1), 100, &e), -EINVAL);
	CHECK_HAS(t, e.text, "damaged or truncated");
	packed.data[12] ^= 0x40;
	CHECK_INT(t, decompress_all(&plain, buffer_span(&packed), 100, &e), -EINVAL);
}

static void write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write_all(fd, data, size) < 0)
		abort();
	close(fd);
}

static void unpacked(struct test *t)
{
	struct buffer packed CLEANUP(buffer_deinit) = {0}, out CLEANUP(buffer_deinit) = {0};
	struct error e = {.code = 0};
	char path[512];

	snprintf(path, sizeof(path), "%s/f", t->scratch);
	CHECK_INT(t, decompress_file(&out, path, 100, &e), -ENOENT);
	write_file(path, "plain", 5);
	CHECK_INT(t, decompress_file(&out, path, 100, &e), 0);
	compress_data(&packed, COMPRESSION_GZIP, span_of(" and packed", 11), &e);
	write_file(path, packed.data, packed.size);
	CHECK_INT(t, decompress_file(&out, path, 100, &e), 0);
	CHECK_STR(t, out.data, "plain and packed");
	CHECK_INT(t, decompress_file(&out, path, 10, &e), -EFBIG);
	write_file(path,
		   "\xfd"
		   "7zXZ\0 but no more",
		   17);
	CHECK_INT(t, decompress_file(&out, path, 100, &e), -EINVAL);
	CHECK_HAS(t, e.text, t->scratch);
}

/* --- the whole image --- */

static void contents(struct test *t)
{
	struct buffer module = {.data = (char[]){"ko"}, .size = 2};
	struct module_files modules = {.data = &module};
	struct buffer out CLEANUP(buffer_deinit) = {0}, again CLEANUP(buffer_deinit) = {0};
	struct buffer plain CLEANUP(buffer_deinit) = {0};
	struct image_parts parts = {
		.binary = span_of("binary", 6), .script = span_of("reboot\n", 7), .modules = &modules};
	struct image_sizes sizes;
	struct error e = {.code = 0};
	struct cpio_reader r;
	struct cpio_entry entry;

	string_list_add(&modules.names, span_of("a.ko", 4), &e);
	CHECK_INT(t, image_pack(&out, &parts, &sizes, &e), 0);
	CHECK_INT(t, image_pack(&again, &parts, &sizes, &e), 0);
	CHECK_INT(t, out.size, again.size);
	CHECK_MEM(t, out.data, again.data, out.size);
	CHECK_INT(t, decompress_all(&plain, buffer_span(&out), 1 << 20, &e), 0);
	CHECK_INT(t, sizes.compressed, out.size);
	CHECK_INT(t, sizes.uncompressed, plain.size);
	CHECK_INT(t, sizes.modules, 2);
	r = (struct cpio_reader){.archive = buffer_span(&plain)};
	CHECK_INT(t, cpio_next(&r, &entry, &e), 1);
	CHECK_STR(t, entry.name, "init");
	CHECK_INT(t, entry.mode, S_IFREG | 0755);
	CHECK_MEM(t, entry.data.data, "binary", 6);
	string_list_deinit(&modules.names);
}

/* --- the kernel, the binary, the command line --- */

static void kernels(struct test *t)
{
	static uint8_t image[4096];
	struct capture_kernel k;
	struct error e = {.code = 0};

	CHECK_INT(t, kernel_release_number("6.12.0-1"), KERNEL_VERSION_OF(6, 12));
	CHECK_INT(t, kernel_release_number("7.2-rc1"), KERNEL_VERSION_OF(7, 2));
	CHECK_INT(t, kernel_release_number("6"), 0);
	CHECK_INT(t, kernel_release_number("Linux"), 0);
	CHECK(t, KERNEL_VERSION_OF(5, 10) > KERNEL_VERSION_OF(5, 9));
	memcpy(image + 0x1fe, "\x55\xaaxxHdrS", 8);
	put_le16(image + 0x206, 0x20f);
	put_le16(image + 0x20e, 0x300);
	put_le16(image + 0x236, 1);
	strcpy((char *)image + 0x500, "6.1.0-9-cloud-amd64 (x@y) #1");
	CHECK_INT(t, capture_kernel_identify(&k, span_of(image, sizeof(image)), &e), 0);
	CHECK_STR(t, k.release, "6.1.0-9-cloud-amd64");
	CHECK_INT(t, k.arch, ARCH_X86_64);
	put_le16(image + 0x236, 0);
	CHECK_INT(t, capture_kernel_identify(&k, span_of(image, sizeof(image)), &e), -EINVAL);
	memset(image, 0, sizeof(image));
	memcpy(image + 56, "ARM\x64", 4);
	CHECK_INT(t, capture_kernel_identify(&k, span_of(image, sizeof(image)), &e), -EINVAL);
	strcpy((char *)image + 0x400, "Linux version %s");
	strcpy((char *)image + 0x800, "Linux version 6.12.3-arm64 (x)");
	CHECK_INT(t, capture_kernel_identify(&k, span_of(image, sizeof(image)), &e), 0);
	CHECK_STR(t, k.release, "6.12.3-arm64");
	CHECK_INT(t, k.arch, ARCH_ARM64);
	CHECK_INT(t, capture_kernel_identify(&k, span_of("text", 4), &e), -EINVAL);
	CHECK_HAS(t, e.text, "not a kernel");
}

static void binaries(struct test *t)
{
	uint8_t elf[64 + 2 * 56] = "\177ELF\2\1\1";
	enum arch arch;
	struct error e = {.code = 0};

	put_le16(elf + 16, 2);
	put_le16(elf + 18, 62);
	put_le64(elf + 32, 64);
	put_le16(elf + 54, 56);
	put_le16(elf + 56, 2);
	put_le32(elf + 64, 1);
	put_le32(elf + 64 + 56, 4);
	CHECK_INT(t, elf_program_identify(&arch, span_of(elf, sizeof(elf)), &e), 0);
	CHECK_INT(t, arch, ARCH_X86_64);
	for (size_t size = 0; size < 64 + 56 + 4; size++)
		CHECK_INT(t, elf_program_identify(&arch, span_of(elf, size), &e), -EINVAL);
	put_le32(elf + 64 + 56, 3);
	CHECK_INT(t, elf_program_identify(&arch, span_of(elf, sizeof(elf)), &e), -EINVAL);
	CHECK_HAS(t, e.text, "shared libraries");
	put_le64(elf + 32, UINT64_MAX - 8);
	CHECK_INT(t, elf_program_identify(&arch, span_of(elf, sizeof(elf)), &e), -EINVAL);
}

/* Whether the words for a kernel hold one. */
static bool has_word(const char *release, enum arch arch, const char *word)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct capture_kernel k = {.arch = arch};
	struct error e;

	strcpy(k.release, release);
	buffer_print(&out, " ");
	if (capture_cmdline_write(&out, &k, false, "console=ttyS0", &e) < 0)
		return false;
	buffer_print(&out, " ");
	return strstr(buffer_text(&out), word) != NULL;
}

static void command_lines(struct test *t)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct capture_kernel k = {.arch = ARCH_X86_64, .release = "6.1.0"};
	struct error e;
	char longest[2048];

	CHECK(t, has_word("6.1.0", ARCH_X86_64, " percpu_alloc=page "));
	CHECK(t, has_word("6.1.0", ARCH_X86_64, " initcall_blacklist=tracer_init_tracefs "));
	CHECK(t, has_word("6.1.0", ARCH_X86_64, " irqpoll nr_cpus=1 "));
	CHECK(t, has_word("6.12.0", ARCH_X86_64, " percpu_alloc=page "));
	CHECK(t, has_word("6.12.0", ARCH_X86_64, "load_system_certificate_list"));
	CHECK(t, has_word("6.12.0", ARCH_ARM64, " lsm= "));
	CHECK(t, !has_word("6.12.0", ARCH_ARM64, "coherent_pool"));
	CHECK(t, !has_word("7.2.0", ARCH_X86_64, "notests"));
	CHECK_INT(t, capture_cmdline_write(&out, &k, true, "", &e), 0);
	CHECK(t, !strstr(buffer_text(&out), "load_system_certificate_list"));
	CHECK(t, !has_word("6.12.0", ARCH_X86_64, "tracer_init_tracefs"));
	CHECK(t, has_word("6.12.0", ARCH_X86_64, " cgroup_disable=memory "));
	CHECK(t, !has_word("7.2.0", ARCH_X86_64, "cgroup_disable"));
	CHECK(t, !has_word("6.12.0", ARCH_ARM64, "percpu_alloc"));
	CHECK(t, !has_word("6.12.0", ARCH_ARM64, "irqpoll"));
	CHECK(t, !has_word("6.12.0", ARCH_ARM64, "mce=off"));
	CHECK(t, has_word("6.12.0", ARCH_ARM64, " nr_cpus=1 "));
	CHECK(t, has_word("", ARCH_UNKNOWN, " rootfstype=ramfs panic=10 console=ttyS0 "));
	CHECK(t, !has_word("", ARCH_UNKNOWN, "cgroup_disable"));
	CHECK_INT(t, capture_cmdline_write(&out, &k, false, "a\nb", &e), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[2047] = 0;
	CHECK_INT(t, capture_cmdline_write(&out, &k, false, longest, &e), -E2BIG);
}

/* --- the output --- */

static void outputs(struct test *t)
{
	char path[512], link[512], missing[512], *data;
	const char *inputs[] = {NULL, path};
	struct error e = {.code = 0};
	struct stat st;
	size_t size;

	snprintf(path, sizeof(path), "%s/out", t->scratch);
	snprintf(link, sizeof(link), "%s/link", t->scratch);
	snprintf(missing, sizeof(missing), "%s/none/out", t->scratch);
	CHECK_INT(t, output_check(path, inputs, 2, &e), 0);
	CHECK_INT(t, output_write(path, span_of("one", 3), 0644, &e), 0);
	CHECK_INT(t, output_check(path, inputs, 2, &e), -EINVAL);
	CHECK_INT(t, output_check(path, inputs, 1, &e), 0);
	CHECK_INT(t, symlink("out", link), 0);
	CHECK_INT(t, output_write(link, span_of("two!", 4), 0600, &e), 0);
	CHECK(t, lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
	CHECK(t, stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK_INT(t, file_read(path, 100, &data, &size, &e), 0);
	CHECK_STR(t, data, "two!");
	free(data);
	CHECK_INT(t, output_check(t->scratch, inputs, 2, &e), -EISDIR);
	CHECK_INT(t, output_check("/dev/null", inputs, 2, &e), -EINVAL);
	CHECK_INT(t, output_check("new/", inputs, 2, &e), -EISDIR);
	CHECK_INT(t, output_check("-", inputs, 2, &e), -EINVAL);
	CHECK_INT(t, output_write(missing, span_of("x", 1), 0644, &e), -ENOENT);
	CHECK_HAS(t, e.text, "its directory does not exist");
}

void suite_image(struct test *t)
{
	test_run(t, "the archive's order", order);
	test_run(t, "gzip without a time", gzipped);
	test_run(t, "files are unpacked by their first bytes", unpacked);
	test_run(t, "what the image holds", contents);
	test_run(t, "kernels and their releases", kernels);
	test_run(t, "binaries that can be init", binaries);
	test_run(t, "kernel command lines", command_lines);
	test_run(t, "outputs", outputs);
}
