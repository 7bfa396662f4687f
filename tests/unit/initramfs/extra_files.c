/* Extra files: where they are found, what is refused, and that nothing of the builder's machine gets into the image. */
#include "image/extra_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "base/cleanup.h"
#include "fmt/cpio.h"
#include "image/image.h"
#include "unit/test.h"

/* Writes a file below the scratch directory, with the directories above it. */
static void put(struct test *t, const char *name, const void *data, size_t size, mode_t mode)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", t->scratch, name);
	for (char *slash = path + strlen(t->scratch) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	file = fopen(path, "w");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0 || chmod(path, mode) != 0)
		abort();
}

static void put_text(struct test *t, const char *name, const char *text, mode_t mode)
{
	put(t, name, text, strlen(text), mode);
}

static void put_link(struct test *t, const char *target, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", t->scratch, name);
	if (symlink(target, path) != 0)
		abort();
}

/* An ELF program for a machine; interpreter: the dynamic linker that it asks for, or NULL. */
static void put_program(struct test *t, const char *name, uint16_t machine, const char *interpreter)
{
	uint8_t elf[64 + 56 + 64] = "\177ELF\2\1\1";

	put_le16(elf + 16, 2);
	put_le16(elf + 18, machine);
	put_le64(elf + 32, 64);
	put_le16(elf + 54, 56);
	put_le16(elf + 56, 1);
	put_le32(elf + 64, interpreter ? 3 : 1);
	put_le64(elf + 64 + 8, 64 + 56);
	put_le64(elf + 64 + 32, interpreter ? strlen(interpreter) + 1 : 0);
	strcpy((char *)elf + 64 + 56, interpreter ? interpreter : "");
	put(t, name, elf, sizeof(elf), 0755);
}

/* Collects names, each ended by a newline, and hooks before a blank line. Returns the status; the message is in e. */
static int collect(struct test *t, struct extra_files *files, const char *hook, const char *names, struct error *e)
{
	struct plan plan = {.nr_targets = 0};
	struct hook with = {.may_fail = false};
	int status;

	*e = (struct error){.text = ""};
	extra_files_deinit(files);
	for (size_t i = 0; hook && i < 2; i++)
		string_list_add(&with.words, i ? span_of("argument", 8) : span_of(hook, strlen(hook)), e);
	if (hook)
		hooks_add(&plan.post, &with, e);
	for (const char *p = names; *p; p += strcspn(p, "\n") + 1)
		string_list_add(&plan.files, span_of(p, strcspn(p, "\n")), e);
	status = extra_files_collect(files, &plan, t->scratch, ARCH_X86_64, e);
	hooks_deinit(&plan.post);
	string_list_deinit(&plan.files);
	return status;
}

static void found(struct test *t)
{
	struct extra_files f CLEANUP(extra_files_deinit) = {0};
	struct error e;

	put_text(t, "/etc/table", "a b\n", 0600);
	put_program(t, "/usr/bin/tool", 62, NULL);
	put_text(t, "/usr/local/hook.sh", "#!/bin/busybox sh\n", 0700);
	put_program(t, "/usr/lib/busybox", 62, NULL);
	put_link(t, "usr/bin", "/bin");
	put_link(t, "../lib/busybox", "/usr/bin/busybox");
	put_link(t, "/etc/table", "/etc/absolute");
	CHECK_INT(t,
		  collect(t, &f, "/usr/local/hook.sh", "/etc/table\n//etc//absolute\ntool\n/bin/busybox\n/etc/table\n",
			  &e),
		  0);
	CHECK_STR(t, e.text, "");
	CHECK_INT(t, f.count, 5);
	if (f.count != 5)
		return;
	CHECK_STR(t, f.item[0].name, "bin/busybox");
	CHECK_INT(t, f.item[0].mode, 0755);
	CHECK_STR(t, f.item[1].name, "etc/absolute");
	CHECK_STR(t, buffer_text(&f.item[1].data), "a b\n");
	CHECK_STR(t, f.item[2].name, "etc/table");
	CHECK_INT(t, f.item[2].mode, 0644);
	CHECK_STR(t, f.item[3].name, "usr/bin/tool");
	CHECK_STR(t, f.item[4].name, "usr/local/hook.sh");
	CHECK_INT(t, f.item[4].mode, 0755);
	/* An applet needs no file, and an empty list none at all. */
	CHECK_INT(t, collect(t, &f, "dmesg-save", "", &e), 0);
	CHECK_INT(t, f.count, 0);
}

static void refused(struct test *t)
{
	struct extra_files f CLEANUP(extra_files_deinit) = {0};
	char dir[512];
	struct error e;

	put_program(t, "/bin/arm", 183, NULL);
	put_program(t, "/bin/shared", 62, "/lib64/ld-linux-x86-64.so.2");
	put_program(t, "/bin/sparc", 43, NULL);
	put_text(t, "/bin/script", "#!/bin/sh -e\n", 0755);
	put_text(t, "/bin/blank", "#! \n", 0755);
	put_text(t, "/etc/data", "x", 0644);
	put_link(t, "loop", "/loop");
	put_link(t, "../../../../../../etc/passwd", "/etc/up");
	snprintf(dir, sizeof(dir), "%s/etc/dir", t->scratch);
	CHECK_INT(t, mkdir(dir, 0755), 0);
	CHECK_INT(t, collect(t, &f, NULL, "/bin/arm\n", &e), -EINVAL);
	CHECK_HAS(t, e.text, "/bin/arm: a program for arm64, but the image is for x86_64");
	CHECK_INT(t, collect(t, &f, NULL, "/bin/shared\n", &e), -EINVAL);
	CHECK_HAS(t, e.text, "/bin/shared: it needs /lib64/ld-linux-x86-64.so.2 and shared libraries");
	CHECK_HAS(t, e.text, "busybox-static");
	CHECK_INT(t, collect(t, &f, NULL, "/bin/sparc\n", &e), -EINVAL);
	CHECK_HAS(t, e.text, "another machine");
	CHECK_INT(t, collect(t, &f, NULL, "/bin/script\n", &e), -EINVAL);
	CHECK_HAS(t, e.text, "/bin/script: the script needs /bin/sh, which is not in the image\nadd a static /bin/sh");
	CHECK_INT(t, collect(t, &f, NULL, "/bin/blank\n", &e), -EINVAL);
	CHECK_HAS(t, e.text, "names no interpreter");
	CHECK_INT(t, collect(t, &f, "/etc/data", "", &e), -EACCES);
	CHECK_HAS(t, e.text, "/etc/data is not executable\nchmod +x it");
	CHECK_INT(t, collect(t, &f, "/etc/none 1", "", &e), -ENOENT);
	CHECK_HAS(t, e.text, "the hook '/etc/none 1': ");
	CHECK_INT(t, collect(t, &f, NULL, "none\n", &e), -ENOENT);
	CHECK_HAS(t, e.text, "program not found in ");
	CHECK_INT(t, collect(t, &f, NULL, "/etc/dir\n", &e), -EINVAL);
	CHECK_HAS(t, e.text, "not a regular file");
	CHECK_INT(t, collect(t, &f, NULL, "/loop\n", &e), -ELOOP);
	CHECK_INT(t, collect(t, &f, NULL, "/etc/../etc/data\n", &e), -EINVAL);
	CHECK_INT(t, collect(t, &f, NULL, "etc/data\n", &e), -EINVAL);
	CHECK_INT(t, collect(t, &f, NULL, "/\n", &e), -EINVAL);
	CHECK_INT(t, collect(t, &f, NULL, "/target/x\n", &e), -EINVAL);
	CHECK_HAS(t, e.text, "a mount on /target would hide it in the image");
	/* A link cannot lead out of the root: there is no passwd below it. */
	CHECK_INT(t, collect(t, &f, NULL, "/etc/up\n", &e), -ENOENT);
	CHECK_HAS(t, e.text, t->scratch);
}

/* Two roots that differ in their names, times and modes as far as these do not count. */
static void nothing_leaks(struct test *t)
{
	struct buffer images[2] = {{0}};
	struct error e = {.text = ""};
	char path[512];

	for (int i = 0; i < 2; i++) {
		struct plan plan = {.nr_targets = 0};
		struct extra_files files = {0};
		struct module_files modules = {0};
		struct image_sizes sizes;
		struct image_parts parts = {.binary = span_of("binary", 6),
					    .script = span_of("reboot\n", 7),
					    .modules = &modules,
					    .files = &files,
					    .conf = span_of("path /\n", 7),
					    .info = span_of("version 1\n", 10),
					    .format = COMPRESSION_NONE};

		put_text(t, i ? "/a longer name/etc/data" : "/r/etc/data", "x", i ? 0666 : 0400);
		put_text(t, i ? "/a longer name/etc/zero" : "/r/etc/zero", "", 0644);
		snprintf(path, sizeof(path), "%s%s/etc/data", t->scratch, i ? "/a longer name" : "/r");
		CHECK_INT(t, utime(path, &(struct utimbuf){.actime = 1, .modtime = i + 1}), 0);
		*strstr(path, "/etc/") = 0;
		string_list_add(&plan.files, span_of(i ? "/etc/data" : "/etc/zero", 9), &e);
		string_list_add(&plan.files, span_of(i ? "/etc/zero" : "/etc/data", 9), &e);
		CHECK_INT(t, extra_files_collect(&files, &plan, path, ARCH_UNKNOWN, &e), 0);
		CHECK_INT(t, image_pack(&images[i], &parts, &sizes, &e), 0);
		CHECK_INT(t, sizes.files, 1);
		extra_files_deinit(&files);
		string_list_deinit(&plan.files);
	}
	CHECK_INT(t, images[0].size, images[1].size);
	CHECK_MEM(t, images[0].data, images[1].data, images[0].size);
	CHECK(t, !memmem(images[0].data, images[0].size, t->scratch, strlen(t->scratch)));
	for (int i = 0; i < 2; i++)
		buffer_deinit(&images[i]);
}

/* Names in the image, each with a blank behind it. */
static void names_of(struct buffer *out, struct span image)
{
	struct cpio_reader r = {.archive = image};
	struct cpio_entry entry;
	struct error e;

	while (cpio_next(&r, &entry, &e) > 0)
		buffer_print(out, "%s ", entry.name);
}

static void in_the_image(struct test *t)
{
	struct extra_file file = {.name = (char[]){"usr/bin/x"}, .mode = 0755};
	struct extra_files files = {.item = &file, .count = 1};
	struct module_files modules = {0};
	struct image_parts parts = {.binary = span_of("binary", 6),
				    .script = span_of("reboot\n", 7),
				    .modules = &modules,
				    .files = &files,
				    .conf = span_of("path /\n", 7),
				    .info = span_of("version 1\n", 10),
				    .format = COMPRESSION_NONE};
	struct buffer out CLEANUP(buffer_deinit) = {0}, names CLEANUP(buffer_deinit) = {0};
	struct image_sizes sizes;
	struct error e = {.text = ""};

	CHECK_INT(t, image_pack(&out, &parts, &sizes, &e), 0);
	CHECK_INT(t, sizes.compressed, sizes.uncompressed);
	names_of(&names, buffer_span(&out));
	CHECK_STR(
		t, buffer_text(&names),
		"init dev dev/console dev/null etc etc/capture.sh etc/crashbox.conf etc/crashbox.info proc sys target "
		"tmp usr usr/bin usr/bin/x ");
	parts.format = COMPRESSION_LZ4;
	out.size = 0;
	CHECK_INT(t, image_pack(&out, &parts, &sizes, &e), 0);
	CHECK_MEM(t, out.data, "\x02\x21\x4c\x18", 4);
	file.name = (char[]){"etc/capture.sh"};
	CHECK_INT(t, image_pack(&out, &parts, &sizes, &e), -EEXIST);
	CHECK_HAS(t, e.text, "twice");
}

void suite_extra_files(struct test *t)
{
	test_run(t, "files that are found", found);
	test_run(t, "files that are refused", refused);
	test_run(t, "nothing of the builder's machine is in the image", nothing_leaks);
	test_run(t, "where files lie in the image", in_the_image);
}
