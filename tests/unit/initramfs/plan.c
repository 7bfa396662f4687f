#include "unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dialect/dialect.h"

/* Collects log lines, each with a newline behind it. */
static void collect(void *context, enum log_level level, const char *text)
{
	char *notes = context;

	(void)level;
	strncat(notes, text, 4000 - strlen(notes));
	strcat(notes, "\n");
}

static char notes[4096];

/* The plan of a text; its notes are in notes, its error's text in *e. */
static int make(struct plan *plan, const char *text, struct error *e)
{
	struct log log = {.line = collect, .context = notes};

	notes[0] = 0;
	*e = (struct error){.code = 0};
	return plan_parse(plan, NULL, span_of(text, strlen(text)), "/etc/kdump.conf", &log, e);
}

/* The error that a text gives, or "". */
static const char *error_of(const char *text)
{
	static struct error e;
	struct plan plan;

	make(&plan, text, &e);
	plan_deinit(&plan);
	return e.code ? e.text : "";
}

/* The first target's device, or the error. */
static const char *device_of(const char *value)
{
	static char out[2048];
	char text[2048];
	struct plan plan;
	struct error e;

	snprintf(text, sizeof(text), "ext4 %s\n", value);
	snprintf(out, sizeof(out), "%s", make(&plan, text, &e) < 0 ? e.text : plan.targets[0].device);
	plan_deinit(&plan);
	return out;
}

static const char *path_of(const char *value)
{
	static char out[2048];
	char text[2048];
	struct plan plan;
	struct error e;

	snprintf(text, sizeof(text), "ext4 UUID=1\npath %s\n", value);
	snprintf(out, sizeof(out), "%s", make(&plan, text, &e) < 0 ? e.text : plan.path);
	plan_deinit(&plan);
	return out;
}

/* "level, letters, message level; notes" of a core_collector, or the error. */
static const char *collector_of(const char *value)
{
	static char out[8192];
	char text[2048];
	struct plan plan;
	struct error e;

	snprintf(text, sizeof(text), "ext4 UUID=1\ncore_collector %s\n", value);
	if (make(&plan, text, &e) < 0)
		snprintf(out, sizeof(out), "%s", e.text);
	else
		snprintf(out, sizeof(out), "%u%s%s %c %d;%s", plan.collector.level, plan.collector.elf ? "E" : "",
			 plan.collector.flattened ? "F" : "", plan.collector.compress ? plan.collector.compress : '-',
			 plan.collector.message_level, notes);
	plan_deinit(&plan);
	return out;
}

static void whole(struct test *t)
{
	struct plan plan;
	struct error e;

	CHECK_INT(
		t,
		make(&plan,
		     "ext4 UUID=2f1c-00\nxfs LABEL=spare\npath /dumps/\ndefault halt\nfinal_action poweroff\n"
		     "extra_modules virtio_blk  nvme\ndump_deadline 600\ncmdline_append console=ttyS0,115200\tdebug\n",
		     &e),
		0);
	CHECK_STR(t, plan.source, "kdump.conf");
	CHECK_INT(t, plan.nr_targets, 2);
	CHECK_STR(t, plan.targets[0].kind->name, "ext4");
	CHECK_STR(t, plan.targets[0].device, "UUID=2f1c-00");
	CHECK_STR(t, plan.targets[1].kind->name, "xfs");
	CHECK_STR(t, plan.targets[1].device, "LABEL=spare");
	CHECK_STR(t, plan.path, "/dumps");
	CHECK_INT(t, plan.failure, ACTION_HALT);
	CHECK_INT(t, plan.final, ACTION_POWEROFF);
	CHECK_INT(t, plan.modules.count, 2);
	CHECK_STR(t, plan.modules.item[1], "nvme");
	CHECK_INT(t, plan.dump_deadline, 600);
	CHECK_STR(t, plan.append, "console=ttyS0,115200 debug");
	CHECK_STR(t, notes, "");
	plan_deinit(&plan);
}

static void defaults(struct test *t)
{
	struct plan plan;
	struct error e;

	CHECK_INT(t, make(&plan, "vfat LABEL=ESP", &e), 0);
	CHECK_STR(t, plan.path, "/var/crash");
	CHECK_INT(t, plan.failure, ACTION_REBOOT);
	CHECK_INT(t, plan.final, ACTION_REBOOT);
	CHECK_INT(t, plan.collector.level, 31);
	CHECK_INT(t, plan.collector.message_level, -1);
	CHECK_INT(t, plan.dump_deadline, 3600);
	plan_deinit(&plan);
}

static void devices(struct test *t)
{
	CHECK_STR(t, device_of("UUID=03138356-5e61-4ab3-b58e-27507ac41937"),
		  "UUID=03138356-5e61-4ab3-b58e-27507ac41937");
	CHECK_STR(t, device_of("UUID=\"0313-8356\""), "UUID=0313-8356");
	CHECK_STR(t, device_of("LABEL=/boot"), "LABEL=/boot");
	CHECK_STR(t, device_of("LABEL=my disk"), "LABEL=my disk");
	CHECK_STR(t, device_of("/dev/nvme0n1p2"), "/dev/nvme0n1p2");
	CHECK_HAS(t, notes, "kdump.conf:1: /dev/nvme0n1p2 may be another disk after a reboot");
	CHECK_STR(t, device_of("/dev/disk/by-uuid/12-ab"), "UUID=12-ab");
	CHECK_STR(t, notes, "");
	CHECK_STR(t, device_of("/dev/disk/by-label/root"), "LABEL=root");
	CHECK_STR(t, device_of("/dev/disk/by-partuuid/12-ab"), "PARTUUID=12-ab");
	CHECK_HAS(t, device_of("/dev/disk/by-label/my\\x20disk"), "udev's escapes");
	CHECK_HAS(t, device_of("/dev/disk/by-id/nvme-x"), "udev makes this name");
	CHECK_HAS(t, device_of("/dev/mapper/vg-lv"), "LVM");
	CHECK_HAS(t, device_of("/dev/md0"), "RAID");
	CHECK_HAS(t, device_of("UUID=..."), "unknown device name");
	CHECK_HAS(t, device_of("UUID="), "unknown device name");
	CHECK_HAS(t, device_of("sda1"), "/etc/kdump.conf:1: ext4 sda1: unknown device name");
	CHECK_STR(t, device_of("PARTLABEL=crash dumps"), "PARTLABEL=crash dumps");
	CHECK_STR(t, device_of("/dev/disk/by-partlabel/dumps"), "PARTLABEL=dumps");
	CHECK_HAS(t, device_of("/dev/sda1 noatime"), "mount options are not supported");
	CHECK_HAS(t, device_of("LABEL=a\tb"), "with a quote or a tab");
	CHECK_HAS(t, device_of("LABEL=it's"), "with a quote or a tab");
}

static void paths(struct test *t)
{
	CHECK_STR(t, path_of("/"), "");
	CHECK_STR(t, path_of("/var//crash/."), "/var/crash");
	CHECK_STR(t, path_of("var/crash"), "/var/crash");
	CHECK_STR(t, path_of("/a b/$HOME"), "/a b/$HOME");
	CHECK_HAS(t, path_of("/var/../../etc"), "'..'");
	CHECK_HAS(t, path_of("/it's"), "quotes");
	CHECK_HAS(t, path_of("/a\tb"), "tabs");
}

static void collectors(struct test *t)
{
	CHECK_STR(t, collector_of("makedumpfile -l --message-level 7 -d 31"), "31 l 7;");
	CHECK_STR(t, collector_of("makedumpfile -c -d 1"), "1 c -1;");
	CHECK_STR(t, collector_of("/usr/sbin/makedumpfile -zd0 --message-level=1"), "0 z 1;");
	CHECK_STR(t, collector_of("makedumpfile -E -F -d 1"), "1EF - -1;");
	CHECK_STR(t, collector_of("makedumpfile"), "0 - -1;");
	CHECK_STR(t, collector_of("makedumpfile -d 1,31"),
		  "1 - -1;/etc/kdump.conf:2: of the levels 1,31, only the first is used\n");
	CHECK_STR(t, collector_of("makedumpfile -c -d 1 --num-threads 4 -f"),
		  "1 c -1;/etc/kdump.conf:2: makedumpfile's --num-threads is ignored: the capture kernel runs on one "
		  "processor\n/etc/kdump.conf:2: makedumpfile's -f is ignored: a dump never replaces another\n");
	CHECK_HAS(t, collector_of("makedumpfile -d 32"),
		  "core_collector: '32' is not a dump level; levels are 0 to 31");
	CHECK_HAS(t, collector_of("makedumpfile -d 1,x"), "'1,x' is not a dump level");
	CHECK_HAS(t, collector_of("makedumpfile -d"), "option -d needs an argument");
	CHECK_HAS(t, collector_of("makedumpfile -x vmlinux"), "/etc/kdump.conf:2: core_collector: unknown option -x\n");
	CHECK_HAS(t, collector_of("makedumpfile --message-level 32"), "not a message level");
	CHECK_HAS(t, collector_of("makedumpfile -l -E"), "exclude each other");
	CHECK_HAS(t, collector_of("makedumpfile /proc/vmcore"), "unexpected '/proc/vmcore'");
	CHECK_HAS(t, collector_of("cp --sparse=always"), "core_collector: 'cp' is not in the image");
}

static void actions(struct test *t)
{
	CHECK_HAS(t, error_of("ext4 UUID=1\nfailure_action shell\n"),
		  "/etc/kdump.conf:2: failure_action shell: the image has no shell");
	CHECK_HAS(t, error_of("ext4 UUID=1\ndefault dump_to_rootfs\n"), "second target line");
	CHECK_HAS(t, error_of("ext4 UUID=1\nfinal_action sleep\n"), "use reboot, halt or poweroff");
	CHECK_HAS(t, error_of("ext4 UUID=1\ndump_deadline 10m\n"), "number of seconds");
	CHECK_HAS(t, error_of("ext4 UUID=1\ndump_deadline 0\n"), "number of seconds");
	CHECK_HAS(t, error_of("ext4 UUID=1\ndump_deadline 99999999999999999999\n"), "number of seconds");
	CHECK_HAS(t, error_of("ext4 UUID=1\nextra_modules kernel/fs/xfs.ko\n"), "name modules without");
}

static void refused(struct test *t)
{
	CHECK_HAS(t, error_of("nfs server:/dump\n"),
		  "/etc/kdump.conf:1: nfs server:/dump: network targets are not supported yet");
	CHECK_HAS(t, error_of("ext4 UUID=1\nkdump_post bin/x\n"), "the program needs an absolute name");
	CHECK_STR(t, error_of("ext4 UUID=1\n\next5 UUID=1\n"),
		  "/etc/kdump.conf:3: unknown option 'ext5'\ndid you mean 'ext4'?");
	CHECK_STR(t, error_of("core_colector makedumpfile\n"),
		  "/etc/kdump.conf:1: unknown option 'core_colector'\ndid you mean 'core_collector'?");
	CHECK_STR(t, error_of("ext4 UUID=1\nKDUMP_KERNELVER=\"\"\n"),
		  "/etc/kdump.conf:2: unknown option 'KDUMP_KERNELVER=\"\"'\ncrashbox.conf(5) lists the options; the "
		  "file "
		  "is read as the dialect kdump");
	CHECK_STR(t, error_of("path\n"), "/etc/kdump.conf:1: option 'path' needs a value");
	CHECK_HAS(t, error_of("path /a\nxfs UUID=1\npath /b\n"), ":3: 'path' is already given in line 1");
	CHECK_HAS(t, error_of("default halt\nxfs UUID=1\nfailure_action halt\n"),
		  ":3: 'failure_action' is already given");
	CHECK_HAS(t, error_of("# nothing\n"), "/etc/kdump.conf: the file contains no option");
	CHECK_HAS(t, error_of(""), "no option");
	CHECK_HAS(t, error_of("xfs UUID=1\npath /\1\n"), "/etc/kdump.conf:2: the line holds a control character");
	CHECK_HAS(t, error_of("dracut_args --mount \"/dev/sda1 /x ext4\"\n"),
		  "dracut_args: --mount would change the image");
}

static void ignored(struct test *t)
{
	struct plan plan;
	struct error e;

	CHECK_INT(t,
		  make(&plan,
		       "auto_reset_crashkernel yes\nforce_rebuild 1\nforce_no_rebuild 1\noverride_resettable 1\n"
		       "dracut_args --omit-drivers \"cfg80211 snd\" -v\next2 UUID=1\n",
		       &e),
		  0);
	CHECK_HAS(t, notes, "/etc/kdump.conf:1: auto_reset_crashkernel is ignored: ");
	CHECK_HAS(t, notes, "/etc/kdump.conf:2: force_rebuild is ignored: ");
	CHECK_HAS(t, notes, "/etc/kdump.conf:3: force_no_rebuild is ignored: ");
	CHECK_HAS(t, notes, "/etc/kdump.conf:4: override_resettable is ignored: ");
	CHECK_HAS(t, notes, "/etc/kdump.conf:5: dracut_args is ignored: ");
	plan_deinit(&plan);
}

void suite_plan(struct test *t)
{
	test_run(t, "every option", whole);
	test_run(t, "what is not said", defaults);
	test_run(t, "devices", devices);
	test_run(t, "paths", paths);
	test_run(t, "core_collector", collectors);
	test_run(t, "actions, deadlines, modules", actions);
	test_run(t, "what is refused, and where", refused);
	test_run(t, "what is ignored, with a note", ignored);
}
