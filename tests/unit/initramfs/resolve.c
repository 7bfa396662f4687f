/* The target of a plan that names only a directory; targets on other machines; hooks in directories. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dialect/dialect.h"
#include "host/mount_lines.h"
#include "host/hook_directories.h"
#include "host/find_target.h"
#include "unit/initramfs/plans.h"

/* --- tables --- */

static const char fstab[] = "# comment\n"
			    "UUID=11-aa / ext4 errors=remount-ro 0 1\n"
			    "LABEL=my\\040data /var xfs defaults 0 0\n"
			    "/dev/sda9 none swap sw 0 0\n"
			    "UUID=22-bb /var/crash/ ext4 noauto 0 0\n"
			    "tmpfs /var/tmp tmpfs defaults 0 0\n"
			    "server:/export /srv nfs _netdev 0 0\n"
			    "/dev/mapper/vg-x /opt ext4 defaults 0 0\n"
			    "UUID=33-cc /data btrfs subvol=@data 0 0\n"
			    "UUID=33-cc /plain btrfs\n"
			    "/srv/x /bind none bind 0 0\n"
			    "short line\n";

/* "LINE TYPE DEVICE on DIR" of the mount that holds a directory, or the error. */
static const char *in_fstab(const char *directory)
{
	static char out[4096];
	struct mount_line m;
	static struct error e;
	int status = mount_line_fstab(span_of(fstab, strlen(fstab)), directory, &m, &e);

	if (status <= 0)
		return status ? e.text : "none";
	snprintf(out, sizeof(out), "%d %s %s on %s", m.line, m.type, m.device, m.dir);
	return out;
}

static void fstab_lines(struct test *t)
{
	struct mount_line m;
	struct error e;
	char text[PLAN_TEXT + 32];

	CHECK_STR(t, in_fstab("/"), "2 ext4 UUID=11-aa on /");
	CHECK_STR(t, in_fstab("/variable"), "2 ext4 UUID=11-aa on /");
	CHECK_STR(t, in_fstab("/var"), "3 xfs LABEL=my data on /var");
	CHECK_STR(t, in_fstab("/var/crash"), "3 xfs LABEL=my data on /var");
	CHECK_STR(t, in_fstab("/var/tmp/x"), "6 tmpfs tmpfs on /var/tmp");
	CHECK_STR(t, in_fstab("/plain/x"), "10 btrfs UUID=33-cc on /plain");
	CHECK_INT(t, mount_line_fstab(span_of("", 0), "/", &m, &e), 0);
	memset(text, 'x', sizeof(text));
	snprintf(text + PLAN_TEXT, 32, " / ext4 defaults");
	CHECK_INT(t, mount_line_fstab(span_of(text, strlen(text)), "/", &m, &e), -EINVAL);
	CHECK_STR(t, e.text, "line 1: a word is too long or contains a NUL byte");
}

/* Leaves bytes on the stack that are neither 0 nor the end of a text. */
static __attribute__((noinline)) void soil_stack(void)
{
	volatile char soil[sizeof(struct mount_line) * 3];

	for (size_t i = 0; i < sizeof(soil); i++)
		soil[i] = '/';
}

/* A first line that mounts nothing has no mount point, whatever was in memory. */
static void comment_first(struct test *t)
{
	static const char text[] = "# comment\n\nUUID=11-aa / ext4 defaults 0 1\n";
	struct mount_line m;
	struct error e;

	soil_stack();
	CHECK_INT(t, mount_line_fstab(span_of(text, strlen(text)), "/var", &m, &e), 1);
	CHECK_INT(t, m.line, 3);
	soil_stack();
	CHECK_INT(t, mount_line_mountinfo(span_of(text, 10), "/var", &m, &e), 0);
}

static void mountinfo_lines(struct test *t)
{
	static const char text[] = "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
				   "30 22 8:3 / /var rw shared:2 master:1 - xfs /dev/sda3 rw\n"
				   "31 30 8:2 /srv/crash /var/crash rw - ext4 /dev/sda2 rw\n"
				   "32 22 0:5 / /a\\040b rw - tmpfs none rw\n"
				   "40 22 8:9 / /var rw - ext4 /dev/sdb1 rw\n"
				   "bad line - x\n";
	struct mount_line m;
	struct error e;

	CHECK_INT(t, mount_line_mountinfo(span_of(text, strlen(text)), "/home", &m, &e), 1);
	CHECK_STR(t, m.device, "/dev/sda2");
	CHECK_STR(t, m.number, "8:2");
	CHECK_INT(t, mount_line_mountinfo(span_of(text, strlen(text)), "/var/crash/x", &m, &e), 1);
	CHECK_STR(t, m.root, "/srv/crash");
	CHECK_STR(t, m.type, "ext4");
	CHECK_INT(t, mount_line_mountinfo(span_of(text, strlen(text)), "/var/log", &m, &e), 1);
	CHECK_STR(t, m.device, "/dev/sdb1");
	CHECK_INT(t, m.line, 5);
	CHECK_INT(t, mount_line_mountinfo(span_of(text, strlen(text)), "/a b/c", &m, &e), 1);
	CHECK_STR(t, m.dir, "/a b");
}

/* --- a mount as a target --- */

static const char *taken(const char *path, struct mount_line m)
{
	static char out[4096];
	struct plan plan = {.nr_targets = 0};
	struct error e;

	snprintf(plan.path, sizeof(plan.path), "%s", path);
	if (plan_take_mount(&plan, &m, "table:7", NULL, &e) < 0)
		return strcpy(out, e.text);
	snprintf(out, sizeof(out), "%s %s %s", plan.targets[0].kind->name, plan.targets[0].device, plan.path);
	return out;
}

static void take(struct test *t)
{
	const struct mount_line var = {.type = "xfs", .device = "UUID=1", .dir = "/var", .root = "/"};
	const struct mount_line root = {.type = "ext4", .device = "LABEL=my data", .dir = "/", .root = "/"};
	const struct mount_line bound = {.type = "ext4", .device = "UUID=1", .dir = "/var", .root = "/srv"};
	const struct mount_line volume = {.type = "btrfs", .device = "UUID=1", .dir = "/", .root = "/@"};
	const struct mount_line hash = {.type = "ext4", .device = "UUID=1", .dir = "/", .root = "/a#b"};

	CHECK_STR(t, taken("/var/crash", var), "xfs UUID=1 /crash");
	CHECK_STR(t, taken("/var", var), "xfs UUID=1 ");
	CHECK_STR(t, taken("/var/crash", root), "ext4 LABEL=my data /var/crash");
	CHECK_STR(t, taken("", root), "ext4 LABEL=my data ");
	CHECK_STR(t, taken("/var/crash", bound), "ext4 UUID=1 /srv/crash");
	CHECK_HAS(t, taken("/var/crash", volume), "table:7: /var/crash is in a subvolume of UUID=1");
	CHECK_HAS(t, taken("/x", hash), "'#'");
}

/* --- whole systems --- */

static void put(const struct test *t, const char *name, const char *text, mode_t mode)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", t->scratch, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) != 0)
		perror(path);
}

static void directory(const struct test *t, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", t->scratch, name);
	if (mkdir(path, 0755) != 0)
		perror(path);
}

static struct kept kept;

/* "TYPE DEVICE PATH" of SUSE's configuration with that KDUMP_SAVEDIR, on the system whose root is the scratch. */
static const char *resolved(const struct test *t, const char *savedir)
{
	static char out[4096];
	char text[512];
	struct plan plan;
	struct error e;

	snprintf(text, sizeof(text), "KDUMP_SAVEDIR=\"%s\"\n", savedir);
	kept_init(&kept);
	if (plan_parse(&plan, NULL, span_of(text, strlen(text)), "etc/kdump", &kept.log, &e) < 0 ||
	    plan_find_target(&plan, t->scratch, &kept.log, &e) < 0)
		strcpy(out, e.text);
	else
		snprintf(out, sizeof(out), "%s %s %s", plan.targets[0].kind->name, plan.targets[0].device, plan.path);
	plan_deinit(&plan);
	return out;
}

static void staged(struct test *t)
{
	char link[512];

	CHECK_HAS(t, resolved(t, "/var/crash"), "no target is named; finding the file system that holds /var/crash");
	CHECK_HAS(t, resolved(t, "/var/crash"), "etc/fstab");
	CHECK_HAS(t, resolved(t, "/var/crash"), "such as: ext4 UUID=...");
	directory(t, "etc");
	directory(t, "data");
	put(t, "etc/fstab", fstab, 0644);
	CHECK_STR(t, resolved(t, "/var/crash"), "xfs LABEL=my data /crash");
	CHECK_HAS(t, kept.text, "etc/fstab:3: /var/crash is on xfs LABEL=my data, mounted on /var\n");
	CHECK_STR(t, resolved(t, "/"), "ext4 UUID=11-aa ");
	CHECK_STR(t, resolved(t, "/plain/x"), "btrfs UUID=33-cc /x");
	CHECK_HAS(t, resolved(t, "/var/tmp"),
		  "fstab:6: /var/tmp is on the file system at /var/tmp (tmpfs), which is in memory");
	CHECK_HAS(t, resolved(t, "/srv/x"),
		  "(nfs), which is on the network, and network targets are not supported yet\nname the");
	CHECK_HAS(t, resolved(t, "/opt"),
		  "fstab:8: /opt /dev/mapper/vg-x: crashbox.conf's option dm makes LVM and encrypted");
	CHECK_HAS(t, resolved(t, "/data/x"), "subvolume");
	CHECK_HAS(t, resolved(t, "/bind"), "bind");
	snprintf(link, sizeof(link), "%s/data/link", t->scratch);
	CHECK_INT(t, symlink("/var", link), 0);
	CHECK_HAS(t, resolved(t, "/data/link/x"), "/data/link is a symbolic link");
	CHECK_HAS(t, resolved(t, "/etc/fstab/x"), "/etc/fstab is not a directory; name one");
	/* Buildroot's first line. */
	put(t, "etc/fstab", "/dev/root / ext2 rw,noauto 0 1\n", 0644);
	CHECK_HAS(t, resolved(t, "/var/crash"),
		  "etc/fstab:1: / /dev/root: this is the kernel's name for the device in root=");
	CHECK_HAS(t, resolved(t, "/var/crash"), "such as: ext4 UUID=...");
	put(t, "etc/fstab", "tmpfs /tmp tmpfs\n", 0644);
	CHECK_HAS(t, resolved(t, "/var/crash"), "no target is named, and no mount in");
}

/* This machine's own: whatever holds /, it is named, or refused by name. /proc is no place for a dump anywhere. */
static void running(struct test *t)
{
	struct plan plan;
	struct error e = {.text = ""};

	CHECK_INT(t, plan_parse(&plan, NULL, span_of("path /proc\n", 11), "f", NULL, &e), 0);
	CHECK_INT(t, plan_find_target(&plan, NULL, NULL, &e), -EINVAL);
	CHECK_HAS(t, e.text, "/proc/self/mountinfo:");
	CHECK_HAS(t, e.text, "/proc is on the file system at /proc (proc), which has a type");
	plan_deinit(&plan);
	CHECK_INT(t, plan_parse(&plan, NULL, span_of("ext4 UUID=1\n", 12), "f", NULL, &e), 0);
	CHECK_INT(t, plan_find_target(&plan, "/nowhere", NULL, &e), 0);
	CHECK_STR(t, plan.targets[0].device, "UUID=1");
	plan_deinit(&plan);
}

static void hook_directories(struct test *t)
{
	static const char text[] = "kdump_pre /sbin/first\nkdump_post /sbin/last\n";
	struct plan plan;
	struct error e = {.text = ""};

	directory(t, "etc");
	directory(t, "etc/kdump");
	directory(t, "etc/kdump/pre.d");
	directory(t, "etc/kdump/post.d");
	put(t, "etc/kdump/pre.d/20-b", "", 0755);
	put(t, "etc/kdump/pre.d/10-a", "", 0755);
	put(t, "etc/kdump/pre.d/README", "", 0644);
	put(t, "etc/kdump/post.d/send", "", 0755);
	kept_init(&kept);
	CHECK_INT(t, plan_parse(&plan, NULL, span_of(text, strlen(text)), "f", NULL, &e), 0);
	CHECK_INT(t, plan_add_hook_directories(&plan, t->scratch, &kept.log, &e), 0);
	CHECK_INT(t, plan.pre.count, 3);
	CHECK_STR(t, plan.pre.item[0].words.item[0], "/sbin/first");
	CHECK_STR(t, plan.pre.item[1].words.item[0], "/etc/kdump/pre.d/10-a");
	CHECK_STR(t, plan.pre.item[2].words.item[0], "/etc/kdump/pre.d/20-b");
	CHECK_INT(t, plan.post.count, 2);
	CHECK_STR(t, plan.post.item[0].words.item[0], "/etc/kdump/post.d/send");
	CHECK_STR(t, plan.post.item[1].words.item[0], "/sbin/last");
	CHECK_INT(t, plan.files.count, 5);
	CHECK_HAS(t, kept.text, "/etc/kdump/post.d/send: runs after the dump\n");
	check_round_trip(t, &plan, "with hooks");
	put(t, "etc/kdump/pre.d/a b", "", 0755);
	CHECK_INT(t, plan_add_hook_directories(&plan, t->scratch, NULL, &e), -EINVAL);
	CHECK_HAS(t, e.text, "/etc/kdump/pre.d: hook /etc/kdump/pre.d/a b: ");
	plan_deinit(&plan);
}

/* --- other machines --- */

static const char *url(const char *text)
{
	static char out[4096];
	struct remote r;
	const char *wrong = remote_from_url(&r, text);

	if (wrong)
		return wrong;
	snprintf(out, sizeof(out), "%s|%s|%s|%s|%u|%s", r.scheme, r.user, r.password, r.host, r.port, r.path);
	return out;
}

static void remotes(struct test *t)
{
	struct buffer shown CLEANUP(buffer_deinit) = {0};
	struct remote r;

	CHECK_STR(t, url("ftp://u:p:w@h.example:21/a/b"), "ftp|u|p:w|h.example|21|/a/b");
	CHECK_STR(t, url("SFTP://u@h/"), "sftp|u||h|0|/");
	CHECK_STR(t, url("ssh://a@b@h/x"), "ssh|a@b||h|0|/x");
	CHECK_STR(t, url("nfs://[2001:db8::1]:2049/x"), "nfs|||2001:db8::1|2049|/x");
	CHECK_STR(t, url("nfs://[2001:db8::1]/x"), "nfs|||2001:db8::1|0|/x");
	CHECK_STR(t, url("file:///x"), "file||||0|/x");
	CHECK_HAS(t, url("ftp://@h/x"), "missing user");
	CHECK_HAS(t, url("ftp://u@/x"), "invalid host");
	CHECK_HAS(t, url("ftp://h h/x"), "invalid host");
	CHECK_HAS(t, url("ftp://[::g]/x"), "is not an IPv6 address");
	CHECK_HAS(t, url("ftp://h:0/x"), "the port");
	CHECK_HAS(t, url("ftp://h:1x/x"), "the port");
	CHECK_HAS(t, url("://h/x"), "neither");
	CHECK_HAS(t, url("x"), "neither");
	CHECK(t, !remote_from_mount(&r, "nfs", "[fe80::1]:/x"));
	CHECK_STR(t, r.host, "fe80::1");
	CHECK_STR(t, r.path, "/x");
	CHECK(t, !remote_from_url(&r, "ftp://u:secret@h:21/x"));
	remote_print(&shown, &r);
	CHECK_STR(t, buffer_text(&shown), "ftp://u@h:21/x");
}

void suite_resolve(struct test *t)
{
	test_run(t, "fstab's lines", fstab_lines);
	test_run(t, "a comment before the first mount", comment_first);
	test_run(t, "mountinfo's lines", mountinfo_lines);
	test_run(t, "a mount as a target", take);
	test_run(t, "a staged root directory", staged);
	test_run(t, "the running system", running);
	test_run(t, "pre.d and post.d", hook_directories);
	test_run(t, "other machines, taken apart", remotes);
}
