/* A kernel's configuration as text, and held against fragments: made ones, and those in config/kernel. */
#include "unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/kernel_config.h"
#include "kernel/config_check.h"
#include "sys/file.h"

static struct span text_of(const char *text)
{
	return span_of(text, strlen(text));
}

/* The value of an option as a string, or NULL where it is not set. */
static const char *get(const char *config, const char *name)
{
	static char out[64];
	struct span value;

	if (!kernel_config_get(text_of(config), name, &value))
		return NULL;
	snprintf(out, sizeof(out), "%.*s", (int)value.size, (const char *)value.data);
	return out;
}

static void options(struct test *t)
{
	static const char config[] =
		"#\n# Linux/x86 6.1.192 Kernel Configuration\n#\nCONFIG_A=y\nCONFIG_AB=m\r\n"
		"# CONFIG_B is not set\n\nCONFIG_N=n\nCONFIG_SHIFT=17\n  CONFIG_TEXT=\"a = # b\" \n"
		"CONFIG_TWICE=y\n# CONFIG_TWICE is not set\nCONFIG_EMPTY=\nCONFIG_x1=y";

	CHECK_STR(t, get(config, "CONFIG_A"), "y");
	CHECK_STR(t, get(config, "CONFIG_AB"), "m");
	CHECK_STR(t, get(config, "CONFIG_SHIFT"), "17");
	CHECK_STR(t, get(config, "CONFIG_TEXT"), "\"a = # b\"");
	CHECK_STR(t, get(config, "CONFIG_EMPTY"), "");
	CHECK_STR(t, get(config, "CONFIG_x1"), "y");
	CHECK(t, !get(config, "CONFIG_B"));
	CHECK(t, !get(config, "CONFIG_N"));
	CHECK(t, !get(config, "CONFIG_C"));
	CHECK(t, !get(config, "A"));
	CHECK(t, !get(config, ""));
	/* The last one counts, as it does for the kernel. */
	CHECK(t, !get(config, "CONFIG_TWICE"));
	CHECK_STR(t, get("# CONFIG_T is not set\nCONFIG_T=y\n", "CONFIG_T"), "y");
	CHECK(t, !get("", "CONFIG_A"));
	CHECK(t, kernel_config_builtin(text_of(config), "CONFIG_A"));
	CHECK(t, !kernel_config_builtin(text_of(config), "CONFIG_AB"));
	CHECK(t, !kernel_config_builtin(text_of(config), "CONFIG_B"));
}

static enum kernel_config_kind kind_of(const char *text)
{
	struct kernel_config_reader reader = {.text = text_of(text)};
	struct kernel_config_line line;

	return kernel_config_next(&reader, &line);
}

static void lines(struct test *t)
{
	CHECK_INT(t, kind_of("CONFIG_A=y"), KERNEL_CONFIG_SET);
	CHECK_INT(t, kind_of("CONFIG_A=n"), KERNEL_CONFIG_NOT_SET);
	CHECK_INT(t, kind_of("# CONFIG_A is not set"), KERNEL_CONFIG_NOT_SET);
	CHECK_INT(t, kind_of("# CONFIG_A is not set today"), KERNEL_CONFIG_COMMENT);
	CHECK_INT(t, kind_of("# CONFIG_A=y"), KERNEL_CONFIG_COMMENT);
	CHECK_INT(t, kind_of("#"), KERNEL_CONFIG_COMMENT);
	CHECK_INT(t, kind_of(" \t\r\n"), KERNEL_CONFIG_EMPTY);
	CHECK_INT(t, kind_of("CONFIG_=y"), KERNEL_CONFIG_OTHER);
	CHECK_INT(t, kind_of("CONFIG_A y"), KERNEL_CONFIG_OTHER);
	CHECK_INT(t, kind_of("CONFIG_A"), KERNEL_CONFIG_OTHER);
	CHECK_INT(t, kind_of("A=y"), KERNEL_CONFIG_OTHER);
	CHECK_INT(t, kind_of(""), KERNEL_CONFIG_END);
	CHECK(t, kernel_config_is_one(text_of("# a\nCONFIG_A=y\n")));
	CHECK(t, kernel_config_is_one(text_of("# CONFIG_A is not set")));
	CHECK(t, !kernel_config_is_one(text_of("path /var/crash\n")));
	CHECK(t, !kernel_config_is_one(span_of("CONFIG_A=y\n\0", 12)));
	CHECK(t, !kernel_config_is_one(span_of(NULL, 0)));
}

static const char *version(const char *text)
{
	static char out[64];
	struct span found = kernel_config_version(text_of(text));

	snprintf(out, sizeof(out), "%.*s", (int)found.size, (const char *)found.data);
	return out;
}

static void versions(struct test *t)
{
	CHECK_STR(t, version("#\n# Automatically generated\n# Linux/x86 6.1.192 Kernel Configuration\n#\nCONFIG_A=y\n"),
		  "6.1.192");
	CHECK_STR(t, version("# Linux/arm64 6.12.0-rc1 Kernel Configuration\n"), "6.12.0-rc1");
	CHECK_STR(t, version("CONFIG_A=y\n# Linux/x86 6.1.192 Kernel Configuration\n"), "");
	CHECK_STR(t, version("# Linux/x86 Kernel Configuration\n"), "");
	CHECK_STR(t, version("# Linux/x86\n# Linux/\n#\n"), "");
	CHECK_STR(t, version(""), "");
	CHECK_INT(t, config_check_release(text_of("# Linux/x86 6.1.192 Kernel Configuration\n")), 6 << 16 | 1);
	CHECK_INT(t, config_check_release(text_of("# Linux/x86 six Kernel Configuration\n")), 0);
}

/* What the check says of a configuration and one fragment: "COUNT\n" and its lines, or the error. */
static const char *check(const char *config, const char *fragment)
{
	static char out[8192];
	const struct config_fragment fragments[] = {{text_of(fragment), "f"}};
	struct buffer text CLEANUP(buffer_deinit) = {0};
	struct error e = {.code = 0};
	int missing = config_check(&text, text_of(config), fragments, 1, &e);

	if (missing < 0)
		return snprintf(out, sizeof(out), "%s", e.text), out;
	return snprintf(out, sizeof(out), "%d\n%s", missing, buffer_text(&text)), out;
}

static void levels(struct test *t)
{
	static const char needed[] = "# What this is.\n\n# needed:\n\n# Because\n# of this.\nCONFIG_A=y\nCONFIG_S=17\n";

	CHECK_STR(t, check("CONFIG_A=y\nCONFIG_S=17\n", needed), "0\n");
	CHECK_STR(t, check("CONFIG_A=m\nCONFIG_S=17\n", needed),
		  "1\n  missing: CONFIG_A=y (it is a module, but must be built in)\n      Because\n      of this.\n");
	CHECK_STR(t, check("CONFIG_S=16\n", needed),
		  "2\n  missing: CONFIG_A=y (it is not set)\n  missing: CONFIG_S=17 (it is 16)\n"
		  "      Because\n      of this.\n");
	CHECK_STR(t, check("CONFIG_S=\x1b[2J\nCONFIG_A=y", needed),
		  "1\n  missing: CONFIG_S=17 (it is ?[2J)\n      Because\n      of this.\n");
	CHECK_STR(t, check("CONFIG_C=y\n", "# recommended:\n\n# Why.\nCONFIG_A=y\n# CONFIG_C is not set\n"),
		  "0\n  recommended: CONFIG_A=y (it is not set)\n"
		  "  recommended: CONFIG_C should not be set (it is y)\n      Why.\n");
	CHECK_STR(t, check("CONFIG_A=m\n", "# must not be set:\n\n# Why.\n# CONFIG_A is not set\n"),
		  "1\n  wrong: CONFIG_A should not be set (it is m)\n      Why.\n");
	CHECK_STR(t, check("CONFIG_X=y\n", "# recommended:\nCONFIG_A=y\n\n# needed:\nCONFIG_B=y\n"),
		  "1\n  missing: CONFIG_B=y (it is not set)\n  recommended: CONFIG_A=y (it is not set)\n");
	CHECK_STR(t, check("CONFIG_B=y\n", "# must not be set:\n# CONFIG_A is not set\n"), "0\n");
	CHECK_STR(t, check("CONFIG_B=y\n", "# in the minimal kernel:\n\nCONFIG_A=y\n# CONFIG_B is not set\n"), "0\n");
}

static void alternatives(struct test *t)
{
	static const char one[] = "# needed, one of:\n\n# Why.\nCONFIG_A=y\n# CONFIG_B is not set\n\nCONFIG_C=y\n";
	static const char module[] = "# needed, or a module, one of:\n\nCONFIG_A=y\n# CONFIG_B is not set\n\n"
				     "# needed, or a module:\nCONFIG_D=y\n";

	CHECK_STR(t, check("CONFIG_A=y\nCONFIG_C=y\n", one), "0\n");
	CHECK_STR(t, check("CONFIG_B=y\nCONFIG_C=y\n", one), "0\n");
	CHECK_STR(t, check("CONFIG_B=m\nCONFIG_C=y\n", one),
		  "1\n  missing: one of CONFIG_A=y, CONFIG_B=y (it is a module, but must be built in)\n"
		  "      Why.\n");
	CHECK_STR(t, check("CONFIG_A=y\n", one), "1\n  missing: CONFIG_C=y (it is not set)\n");
	CHECK_STR(t, check("CONFIG_B=m\nCONFIG_D=m\n", module), "0\n");
	CHECK_STR(t, check("CONFIG_X=m\nCONFIG_D=y\n", module), "1\n  missing: one of CONFIG_A=y, CONFIG_B=y\n");
}

static void bounds(struct test *t)
{
	static const char since[] =
		"# needed, since 6.9:\n\nCONFIG_A=y\n\n# needed, since 5.10, until 6.9:\n\nCONFIG_B=y\n";
#define HEAD(v) "# Linux/x86 " v " Kernel Configuration\nCONFIG_X=y\n"

	CHECK_STR(t, check(HEAD("6.9.0"), since), "1\n  missing: CONFIG_A=y (it is not set)\n");
	CHECK_STR(t, check(HEAD("6.12.1"), since), "1\n  missing: CONFIG_A=y (it is not set)\n");
	CHECK_STR(t, check(HEAD("6.8.12"), since), "1\n  missing: CONFIG_B=y (it is not set)\n");
	CHECK_STR(t, check(HEAD("5.10.223"), since), "1\n  missing: CONFIG_B=y (it is not set)\n");
	CHECK_STR(t, check(HEAD("5.4.1"), since), "0\n");
	/* Without a version, only what holds for all. */
	CHECK_STR(t, check("CONFIG_X=y\n", since), "0\n");
#undef HEAD
}

static void wrong_fragments(struct test *t)
{
	char many[2048] = "# needed:\n";

	CHECK_STR(t, check("CONFIG_A=y", "CONFIG_A=y\n"), "f:1: an option before the first tag, such as '# needed:'");
	CHECK_STR(t, check("CONFIG_A=y", "# needed:\n\nCONFIG_A y\n"), "f:3: neither an option nor a comment");
	CHECK_STR(t, check("CONFIG_A=y", "# must not be set:\nCONFIG_A=y\n"),
		  "f:2: an option is set below 'must not be set:'");
	CHECK_HAS(t, check("CONFIG_A=y", "# needed, sometimes:\n"), "f:1: unknown tag line");
	CHECK_HAS(t, check("CONFIG_A=y", "# needed, since now:\n"), "f:1: unknown tag line");
	CHECK_STR(t, check("CONFIG_A=y", "# needed:\nCONFIG_A=y\n# recommended:\n"),
		  "f:3: a tag line needs an empty line before it");
	for (int i = 0; i < 17; i++)
		sprintf(many + strlen(many), "CONFIG_A%d=y\n", i);
	CHECK_STR(t, check("CONFIG_A=y", many), "f:18: too many options without an empty line");
	/* Any other comment that ends in a colon is one. */
	CHECK_STR(t, check("CONFIG_A=y", "# note:\n"), "0\n");
}

/* --- the fragments of the tree --- */

static char *read_file(struct test *t, const char *path)
{
	char *data = NULL;
	struct error e;
	size_t size;

	CHECK(t, file_read(path, 1 << 20, &data, &size, &e) == 0);
	return data ? data : strdup("");
}

static const char *fragment_path(const char *role, const char *arch)
{
	static char path[128];

	snprintf(path, sizeof(path), "config/kernel/%s%s%s.config", role, arch ? "-" : "", arch ? arch : "");
	return path;
}

/* A configuration of all that the two fragments of a role name, with one option as given instead: NULL, all of it. */
static void make_config(struct test *t, struct buffer *out, const char *role, const char *arch, const char *option,
			const char *instead)
{
	size_t length = option ? strlen(option) : 0;

	buffer_print(out, "# Linux/%s 6.12.1 Kernel Configuration\n", arch);
	for (int i = 0; i < 2; i++) {
		char *text CLEANUP(free_ptr) = read_file(t, fragment_path(role, i ? arch : NULL));
		struct kernel_config_reader reader = {.text = text_of(text)};
		struct kernel_config_line line;

		while (kernel_config_next(&reader, &line) != KERNEL_CONFIG_END)
			if (line.kind == KERNEL_CONFIG_SET &&
			    !(option && line.name.size == length && memcmp(line.name.data, option, length) == 0))
				buffer_print(out, "%.*s=%.*s\n", (int)line.name.size, (const char *)line.name.data,
					     (int)line.value.size, (const char *)line.value.data);
	}
	if (instead)
		buffer_print(out, "%s=%s\n", option, instead);
}

/* Writes such a configuration, and reports on it. Returns what the report returns. */
static int report(struct test *t, struct buffer *out, const char *role, const char *arch, const char *option,
		  const char *instead)
{
	struct buffer config CLEANUP(buffer_deinit) = {0};
	char path[300];
	struct error e = {.code = 0};
	int missing;
	FILE *f;

	make_config(t, &config, role, arch, option, instead);
	snprintf(path, sizeof(path), "%s/config", t->scratch);
	f = fopen(path, "w");
	fwrite(config.data, 1, config.size, f);
	fclose(f);
	missing = config_check_report(out, path, role, "config/kernel", &e);
	if (missing < 0)
		buffer_print(out, "%s", e.text);
	return missing;
}

/* Each has to be missed when it is gone, alone; where a module is named, that does not do either. */
static const struct {
	const char *role, *arch, *option, *instead, *says;
	int missing;
} wrongs[] = {
	{"production", "x86_64", "CONFIG_SYSFS", NULL, "  missing: CONFIG_SYSFS=y (it is not set)\n", 1},
	{"production", "arm64", "CONFIG_PROC_FS", NULL, "  missing: CONFIG_PROC_FS=y (it is not set)\n", 1},
	{"production", "x86_64", "CONFIG_CRASH_DUMP", NULL, "  missing: CONFIG_CRASH_DUMP=y (it is not set)\n", 1},
	{"production", "arm64", "CONFIG_KEXEC_FILE", NULL, "  recommended: CONFIG_KEXEC_FILE=y (it is not set)\n", 0},
	{"production", "x86_64", "CONFIG_KEXEC", NULL, "  recommended: CONFIG_KEXEC=y (it is not set)\n", 0},
	{"production", "x86_64", "CONFIG_CRASH_HOTPLUG", NULL, "  recommended: CONFIG_CRASH_HOTPLUG=y", 0},
	{"production", "x86_64", "CONFIG_DEBUG_INFO", NULL, "  recommended: CONFIG_DEBUG_INFO=y", 0},
	{"production", "x86_64", "CONFIG_MAGIC_SYSRQ", NULL, "  recommended: CONFIG_MAGIC_SYSRQ=y", 0},
	{"production", "x86_64", "CONFIG_KEXEC_SIG_FORCE", "y",
	 "  recommended: CONFIG_KEXEC_SIG_FORCE should not be set (it is y)\n", 0},
	{"capture", "x86_64", "CONFIG_PROC_VMCORE", NULL, "  missing: CONFIG_PROC_VMCORE=y (it is not set)\n", 1},
	{"capture", "x86_64", "CONFIG_CRASH_DUMP", NULL, "  missing: CONFIG_CRASH_DUMP=y (it is not set)\n", 1},
	{"capture", "x86_64", "CONFIG_RELOCATABLE", NULL, "  missing: CONFIG_RELOCATABLE=y (it is not set)\n", 1},
	{"capture", "arm64", "CONFIG_BLK_DEV_INITRD", NULL, "  missing: CONFIG_BLK_DEV_INITRD=y (it is not set)\n", 1},
	{"capture", "arm64", "CONFIG_RD_GZIP", NULL, "  missing: CONFIG_RD_GZIP=y (it is not set)\n", 1},
	{"capture", "arm64", "CONFIG_DEVTMPFS", NULL, "  missing: CONFIG_DEVTMPFS=y (it is not set)\n", 1},
	{"capture", "x86_64", "CONFIG_BINFMT_ELF", "m",
	 "  missing: CONFIG_BINFMT_ELF=y (it is a module, but must be built in)\n", 1},
	{"capture", "x86_64", "CONFIG_EXT4_FS", NULL,
	 "  missing: one of CONFIG_EXT4_FS=y, CONFIG_XFS_FS=y, CONFIG_BTRFS_FS=y, ", 1},
	{"capture", "x86_64", "CONFIG_EXT4_FS", "m", "", 0},
	{"capture", "x86_64", "CONFIG_BLK_DEV_NVME", NULL, "", 0}, /* the other disks are there */
	{"capture", "x86_64", "CONFIG_CMDLINE_OVERRIDE", "y",
	 "  wrong: CONFIG_CMDLINE_OVERRIDE should not be set (it is y)\n", 1},
	{"capture", "arm64", "CONFIG_CMDLINE_FORCE", "y", "  wrong: CONFIG_CMDLINE_FORCE should not be set (it is y)\n",
	 1},
	{"capture", "arm64", "CONFIG_INITRAMFS_FORCE", "y", "  wrong: CONFIG_INITRAMFS_FORCE should not be set", 1},
	{"capture", "arm64", "CONFIG_PRINTK", NULL, "  recommended: CONFIG_PRINTK=y (it is not set)\n", 0},
};

static void own_fragments(struct test *t)
{
	static const char *const roles[] = {"production", "capture"}, *const archs[] = {"x86_64", "arm64"};

	for (int i = 0; i < 4; i++) {
		struct buffer text CLEANUP(buffer_deinit) = {0};
		char says[80];

		snprintf(says, sizeof(says), "as a %s kernel: all needed options are set\n", roles[i / 2]);
		CHECK_INT(t, report(t, &text, roles[i / 2], archs[i % 2], NULL, NULL), 0);
		CHECK_HAS(t, buffer_text(&text), says);
		CHECK(t, !strstr(buffer_text(&text), "\n  "));
	}
}

static void own_wrongs(struct test *t)
{
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct buffer text CLEANUP(buffer_deinit) = {0};

		CHECK_INT(t, report(t, &text, wrongs[i].role, wrongs[i].arch, wrongs[i].option, wrongs[i].instead),
			  wrongs[i].missing);
		CHECK_HAS(t, buffer_text(&text), wrongs[i].says);
		if (!wrongs[i].says[0])
			CHECK(t, !strstr(buffer_text(&text), "\n  "));
		if (wrongs[i].missing)
			CHECK_HAS(t, buffer_text(&text), "kernel: 1 needed option is missing or wrong\n");
	}
}

/* The report of a file with that content, or the error. */
static const char *report_of(struct test *t, const char *content, const char *role, const char *directory)
{
	static char out[8192];
	struct buffer text CLEANUP(buffer_deinit) = {0};
	char path[300];
	struct error e = {.code = 0};
	FILE *f;

	snprintf(path, sizeof(path), "%s/config", t->scratch);
	f = fopen(path, "w");
	fputs(content, f);
	fclose(f);
	if (config_check_report(&text, path, role, directory, &e) < 0)
		snprintf(out, sizeof(out), "error: %s", e.text);
	else
		snprintf(out, sizeof(out), "%s", buffer_text(&text));
	return out;
}

static void reports(struct test *t)
{
	const char *own = "config/kernel", *says;

	CHECK_HAS(t, report_of(t, "CONFIG_RISCV=y\n", NULL, own), "neither CONFIG_X86_64=y nor CONFIG_ARM64=y");
	CHECK_HAS(t, report_of(t, "path /var/crash\n", NULL, own), "not a kernel's configuration\ngive the .config");
	CHECK_HAS(t, report_of(t, "", NULL, own), "not a kernel's configuration");
	CHECK_HAS(t, report_of(t, "CONFIG_X86_64=y\n", "rescue", own), "unknown role 'rescue'");
	CHECK_HAS(t, report_of(t, "CONFIG_X86_64=y\n", NULL, "/nowhere"), "/nowhere/production.config");
	says = report_of(t, "CONFIG_X86_64=y\n", NULL, own);
	CHECK_HAS(t, says, "x86_64\nits header has no version: options that only some versions need are not checked\n");
	CHECK_HAS(t, says, "as a production kernel: 4 needed options are missing or wrong\n");
	CHECK_HAS(t, says, "as a capture kernel: 14 needed options are missing or wrong\n");
	says = report_of(t, "# Linux/arm64 6.1.9 Kernel Configuration\nCONFIG_ARM64=y\n", "capture", own);
	CHECK_HAS(t, says, "Linux 6.1, arm64\nas a capture kernel: ");
	CHECK(t, !strstr(says, "production"));
}

void suite_config_check(struct test *t)
{
	test_run(t, "options of a configuration", options);
	test_run(t, "its lines", lines);
	test_run(t, "its version", versions);
	test_run(t, "needed, recommended, must not be set", levels);
	test_run(t, "alternatives and modules", alternatives);
	test_run(t, "for some versions", bounds);
	test_run(t, "fragments that are none", wrong_fragments);
	test_run(t, "our fragments, all there", own_fragments);
	test_run(t, "our fragments, one thing wrong", own_wrongs);
	test_run(t, "reports", reports);
}
