/* The state in detail, and everything that would prevent a dump. */
#include "kdump/kdump_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "base/cleanup.h"
#include "fmt/gunzip.h"
#include "fmt/kernel_config.h"
#include "kdump/kdump_verbs.h"
#include "sys/file.h"

enum { CONFIG_MAX = 4 << 20 };

/* The findings. A blocker prevents a dump. */
struct findings {
	unsigned warnings;
	bool blocked;
};

static void warn(struct findings *n, bool blocker, const char *what, const char *why, const char *remedy)
{
	printf("%s %s: %s\n", blocker ? "PROBLEM:" : "warning:", what, why);
	if (remedy)
		printf("         %s\n", remedy);
	n->warnings++;
	n->blocked = n->blocked || blocker;
}

/* --- settings: the kernel's Documentation/admin-guide/sysctl/kernel.rst --- */

static const struct setting {
	char name[20];
	char good; /* '1': anything but 0, '0': only 0, '8': 1 or with the bit 8 */
	const char *why, *set;
} settings[] = {
	{"panic_on_oops", '1', "an oops ends one process, and the damaged kernel goes on", "1"},
	{"softlockup_panic", '1', "a CPU stuck in the kernel is only reported", "1"},
	{"hardlockup_panic", '1', "a CPU stuck with interrupts off is only reported", "1"},
	{"nmi_watchdog", '1', "a CPU stuck with interrupts off is not noticed", "1"},
	{"hung_task_panic", '1', "tasks that hang for minutes are only reported", "1"},
	{"unknown_nmi_panic", '1', "an NMI from a button or management controller causes no dump", "1"},
	{"sysrq", '8', "the sysrq-c keys do not crash this machine (/proc/sysrq-trigger does)", "1"},
	{"panic", '1', "after a panic without a capture kernel the machine hangs for ever", "10"},
	{"panic_on_warn", '0', "any kernel warning crashes this machine", "0"},
};

static bool is_good(char good, long value)
{
	if (good == '8')
		return value == 1 || (value & 8);
	return (good == '1') == (value != 0);
}

static void check_settings(struct findings *n)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];
		char path[64], text[32], what[64], remedy[64];

		snprintf(path, sizeof(path), "/proc/sys/kernel/%.19s", s->name);
		/* A kernel without the setting lacks the detector. */
		if (!file_read_line(path, text, sizeof(text)))
			continue;
		snprintf(what, sizeof(what), "kernel.%.19s=%s", s->name, text);
		snprintf(remedy, sizeof(remedy), "sysctl -w kernel.%.19s=%s", s->name, s->set);
		if (is_good(s->good, strtol(text, NULL, 10)))
			printf("ok       %s\n", what);
		else
			warn(n, false, what, s->why, remedy);
	}
}

static void check_locks(const struct kdump_facts *f, struct findings *n)
{
	bool blocks = f->loaded != 1;
	char text[64];

	if (file_read_line("/proc/sys/kernel/kexec_load_disabled", text, sizeof(text)) && text[0] != '0')
		warn(n, blocks, "kernel.kexec_load_disabled=1", "nothing can be loaded until the next boot",
		     "reboot, and load before setting it");
	if (file_read_line("/sys/kernel/security/lockdown", text, sizeof(text)) && !strstr(text, "[none]"))
		warn(n, false, "lockdown", text, "only a kernel signed with a trusted key can be loaded");
	if (file_read_line("/sys/module/kernel/parameters/crash_kexec_post_notifiers", text, sizeof(text)) &&
	    text[0] == 'Y')
		warn(n, false, "crash_kexec_post_notifiers",
		     "drivers run in the crashed kernel before the capture kernel starts, and can hang there",
		     "remove crash_kexec_post_notifiers from the kernel's command line");
}

/* --- the kernels' configurations --- */

/* The configuration of a kernel; for the running one, also its built-in copy. Returns whether it was found. */
static bool read_config(const char *release, bool running, struct kept *config)
{
	char path[KDUMP_PATH], *packed CLEANUP(free_ptr) = NULL;
	struct unpacked out = {.take = unpacked_keep, .context = config, .max = CONFIG_MAX};
	struct error ignored;
	size_t size;

	if (running && file_read("/proc/config.gz", CONFIG_MAX, &packed, &size, &ignored) == 0)
		return gunzip(span_of(packed, size), &out, &ignored) > 0 && config->data;
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), i ? "/lib/modules/%s/config" : "/boot/config-%s", release);
		if (release[0] && file_read(path, CONFIG_MAX, (char **)&config->data, &config->size, &ignored) == 0)
			return true;
	}
	return false;
}

static const struct option_wanted {
	const char *name;
	bool capture; /* true: the capture kernel, which cannot dump without it; false: this one */
	const char *why;
} wanted[] = {
	{"CONFIG_KEXEC_FILE", false, "the capture kernel cannot be loaded"},
	{"CONFIG_MAGIC_SYSRQ", false, "this machine cannot be crashed by hand"},
	{"CONFIG_CRASH_DUMP", true, "it cannot run in the reserved memory"},
	{"CONFIG_PROC_VMCORE", true, "it cannot read the crashed memory"},
	{"CONFIG_BLK_DEV_INITRD", true, "it cannot start from an image"},
	{"CONFIG_DEVTMPFS", true, "it finds no devices"},
};

static void check_config(const char *release, bool capture, struct findings *n)
{
	struct kept config = {.data = NULL};

	if (!read_config(release, !capture, &config)) {
		printf("note:    cannot read the configuration of the %s kernel (%s): not checked\n",
		       capture ? "capture" : "running", release);
		free(config.data);
		return;
	}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		char what[128];

		if (wanted[i].capture != capture)
			continue;
		snprintf(what, sizeof(what), "%.30s of %.64s", wanted[i].name, release);
		if (kernel_config_builtin(span_of(config.data, config.size), wanted[i].name))
			printf("ok       %s\n", what);
		else
			warn(n, capture, what, wanted[i].why, "build the kernel with it, or use another");
	}
	free(config.data);
}

/* --- watchdogs: Documentation/ABI/testing/sysfs-class-watchdog --- */

enum { WATCHDOGS = 4 }; /* init feeds no more */

/* Whether the capture script loads a module; - and _ are the same in a name. */
static bool script_loads(struct span script, const char *module)
{
	size_t length = strlen(module), same = 0;

	/* How much of "/" MODULE "." matches up to here. */
	for (size_t i = 0; i < script.size; i++) {
		uint8_t c = script.data[i];

		if (same > length && c == '.')
			return true;
		same = c == '/' ? 1
		       : same && same <= length && (c == module[same - 1] || (c == '-' && module[same - 1] == '_'))
			       ? same + 1
			       : 0;
	}
	return false;
}

/* Whether it is running, and so would be after a crash: unknown without CONFIG_WATCHDOG_SYSFS. */
static bool is_armed(const char *dir)
{
	char path[96], text[32];

	snprintf(path, sizeof(path), "%s/state", dir);
	return !file_read_line(path, text, sizeof(text)) || strcmp(text, "active") == 0;
}

/* An unfed watchdog resets the machine during the capture. Without a device (softdog) it ends with this kernel; without
 * a module, the driver is built in. */
static void check_watchdogs(const struct kdump_facts *f, struct findings *n)
{
	for (int i = 0; i < WATCHDOGS && f->script.size; i++) {
		char dir[48], path[96], driver[256], what[320], remedy[384];
		ssize_t length;
		char *name;

		snprintf(dir, sizeof(dir), "/sys/class/watchdog/watchdog%d", i);
		snprintf(path, sizeof(path), "%s/device/driver/module", dir);
		length = readlink(path, driver, sizeof(driver) - 1);
		if (length < 0 || !is_armed(dir))
			continue;
		driver[length] = 0;
		name = strrchr(driver, '/') ? strrchr(driver, '/') + 1 : driver;
		snprintf(what, sizeof(what), "watchdog%d (%s)", i, name);
		snprintf(remedy, sizeof(remedy), "add 'extra_modules %s', or build the image with --hostonly", name);
		if (!script_loads(f->script, name))
			warn(n, false, what, "it is running, and the image has no driver to feed it", remedy);
	}
}

/* --- all of it --- */

static void print_facts(const struct kdump_facts *f, const struct kdump_targets *targets)
{
	printf("reserved %lld MiB, the image asks for %u MiB%s\n", (long long)f->reserved >> 20,
	       armed_wanted_mib(f->info.minimum), f->info.minimum ? "" : " (a guess: the image does not say)");
	printf("loaded   %s\n", f->loaded == 1 ? "yes" : f->loaded == 0 ? "no" : "unknown");
	printf("conf     %s%s\n", f->conf[0] ? f->conf : "none", kdump_conf_changed(f) ? " (has changed)" : "");
	printf("image    %s%s\n", f->image, f->image_found ? "" : " (missing)");
	printf("kernel   %s%s\n", f->kernel[0] ? f->kernel : "none", kdump_kernel_changed(f) ? " (has changed)" : "");
	for (unsigned i = 0; targets && i < targets->count; i++) {
		const struct kdump_target *t = &targets->item[i];

		printf("target   %s %s: ", t->type, t->spec);
		if (t->state != TARGET_FOUND)
			printf("%s\n", t->state == TARGET_GONE ? "NOT FOUND" : "does not answer");
		else
			printf("%s%s%s\n", t->device, t->mounted[0] ? ", mounted on " : ", not mounted", t->mounted);
	}
}

static bool any_target(const struct kdump_targets *targets)
{
	bool any = !targets || !targets->count;

	for (unsigned i = 0; targets && i < targets->count; i++)
		any = any || targets->item[i].state == TARGET_FOUND;
	return any;
}

int kdump_check(struct kdump_facts *f)
{
	struct kdump_targets *targets = kdump_targets_look(f);
	struct findings n = {.warnings = 0};
	bool reachable = any_target(targets);
	char text[1024];
	enum armed armed = kdump_judge(f, targets, text, sizeof(text));

	puts(text);
	if (targets && targets->last[0])
		printf("last capture: %s\n", targets->last);
	kdump_say_pstore(targets);
	print_facts(f, targets);
	check_settings(&n);
	check_locks(f, &n);
	check_watchdogs(f, &n);
	check_config(f->release, false, &n);
	if (f->info.kernel.known)
		check_config(f->info.kernel.name, true, &n);
	kdump_targets_free(targets);
	if (armed == ARMED_NOT || n.blocked || !reachable) {
		printf("check: a crash now is not saved; %u warning%s\n", n.warnings, n.warnings == 1 ? "" : "s");
		return STATUS_FAILED;
	}
	printf("check: a panic now is saved; %u warning%s\n", n.warnings, n.warnings == 1 ? "" : "s");
	return armed == ARMED ? STATUS_DONE : STATUS_DEGRADED;
}
