/* Loading and unloading the capture kernel. */
#include "kdump/kdump_verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/cleanup.h"
#include "fmt/conf.h"
#include "kdump/kdump_judge.h"
#include "kdump/kdump_token.h"
#include "shared/kexec_files.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/kexec_call.h"

enum {
	CMDLINE_MAX = 4096,
	REBUILD_MS = 600 * 1000,
	LOCK_MS = 120 * 1000,
	LOCK_POLL_MS = 100,
	NOT_FOUND = 127,
	BOOT_MS = 90 * 1000, /* since the kernel started */
	RETRY_MS = 3000,
};

/* --- before the load --- */

struct rebuild {
	const struct kdump_facts *facts;
	char modules[KDUMP_PATH];
};

static int run_rebuild(void *context)
{
	struct rebuild *r = context;
	const struct kdump_facts *f = r->facts;
	const char *words[] = {
		"mkcaptureinitrd",           "-c",       f->conf, "-k", f->kernel, "--hostonly", "-o", f->image,
		r->modules[0] ? "-m" : NULL, r->modules, NULL};

	execvp(words[0], (char **)(uintptr_t)words);
	return errno == ENOENT ? NOT_FOUND : 1;
}

/* The directory of a kernel's modules: by the version in the kernel file, else by its name, else this kernel's. */
static void find_modules(const struct kdump_facts *f, char *dir, size_t size)
{
	const char *slash = strrchr(f->kernel, '/'), *dash = slash ? strchr(slash, '-') : NULL;
	struct kernel_image image = {.version = ""};
	int fd CLEANUP(close_fd) = -1;
	struct error ignored;
	const char *names[3];

	fd = kexec_open_kernel(f->kernel, &image, &ignored);
	names[0] = image.version;
	names[1] = dash ? dash + 1 : "";
	names[2] = f->release;
	for (size_t i = 0; i < 3; i++) {
		snprintf(dir, size, "/lib/modules/%s", names[i]);
		if (names[i][0] && access(dir, F_OK) == 0)
			return;
	}
	dir[0] = 0;
}

/* Makes the image with mkcaptureinitrd. Returns 1, 0 if that is not installed, or -EIO if it fails. */
static int rebuild(const struct kdump_facts *f)
{
	struct rebuild r = {.facts = f};
	char *dir CLEANUP(free_ptr) = strdup(f->image), *slash = dir ? strrchr(dir, '/') : NULL;
	int status;

	if (!f->conf[0] || !f->kernel[0])
		return 0;
	find_modules(f, r.modules, sizeof(r.modules));
	if (slash && slash != dir) {
		*slash = 0;
		mkdir(dir, 0755);
	}
	/* While the system boots, the target's driver may not be loaded yet. */
	while ((status = child_call(run_rebuild, &r, REBUILD_MS)) != 0 && status != NOT_FOUND && clock_ms() < BOOT_MS) {
		applet_say("mkcaptureinitrd failed; the system has just booted, retrying in %d s", RETRY_MS / 1000);
		clock_sleep(RETRY_MS);
	}
	if (status == NOT_FOUND)
		return 0;
	if (status == 0)
		applet_say("mkcaptureinitrd made %s from %s for %s", f->image, f->conf, f->kernel);
	return status == 0 ? 1 : -EIO;
}

/* Why the image must be rebuilt; NULL: it is current. */
static const char *why_stale(const struct kdump_facts *f)
{
	if (!f->image_found)
		return "does not exist";
	if (f->image_error.code)
		return "cannot be read";
	if (kdump_conf_changed(f))
		return "was made from another configuration";
	return kdump_kernel_changed(f) ? "was made for another kernel" : NULL;
}

static int make_current(struct kdump_facts *f, struct error *e)
{
	const char *stale = why_stale(f);
	int made;

	if (!stale)
		return 0;
	made = f->request->root ? 0 : rebuild(f);
	if (made > 0) {
		kdump_facts_deinit(f);
		if (kdump_facts_init(f, f->request, e) < 0)
			return -e->code;
		stale = why_stale(f);
	}
	if (!stale)
		return 0;
	if (!f->image_found) {
		error_set(e, ENOENT, "%s does not exist%s", f->image, made < 0 ? ", and mkcaptureinitrd failed" : "");
		return error_hint(e, "make it: mkcaptureinitrd -c CONF -k KERNEL -o %s", f->image);
	}
	if (f->image_error.code && !f->request->append) {
		*e = f->image_error;
		return error_context(e, "%s", f->image);
	}
	applet_say("warning: %s %s%s; loading it anyway", f->image, stale,
		   made < 0 ? ", and mkcaptureinitrd failed" : "");
	return 0;
}

/* kexec's options that change nothing here are accepted silently; others are reported. */
static void check_arguments(const struct kdump_facts *f)
{
	static const char *const fine[] = {"-p", "-s", "-a", "-d", "--kexec-file-syscall", "--kexec-syscall-auto"};
	char text[1024];
	struct span rest, word;

	if (!kdump_plan_get(f, "kexec_args", text, sizeof(text)))
		return;
	rest = span_of(text, strlen(text));
	while ((word = conf_word(&rest)).size) {
		bool known = false;

		for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
			known = known || span_is(word, fine[i]);
		if (!known)
			applet_say("note: kexec_args %.*s ignored: the kernel loads the files itself", (int)word.size,
				   (const char *)word.data);
	}
}

/* --- the load --- */

static int load(struct kdump_facts *f, struct error *e)
{
	char cmdline[CMDLINE_MAX];
	struct kexec_load files = {.kernel = f->kernel, .initrd = f->image, .cmdline = cmdline, .capture = true};
	int result = kdump_check_reservation(f, e);

	if (result < 0 || make_current(f, e) < 0)
		return -e->code;
	/* Again: the image may have been rebuilt. */
	if (kdump_check_reservation(f, e) < 0)
		return -e->code;
	if (!f->kernel[0]) {
		error_set(e, ENOENT, "no kernel found: /boot/vmlinuz-%s does not exist", f->release);
		return error_hint(e, "give one with --kernel, or in the configuration");
	}
	if (kdump_cmdline(f, cmdline, sizeof(cmdline), e) < 0)
		return -e->code;
	check_arguments(f);
	if (f->request->root) {
		applet_say("--root: would load %s with %s, command line: %s", f->kernel, f->image, cmdline);
		return 0;
	}
	if (kdump_token_add(f, cmdline, sizeof(cmdline), e) < 0)
		return -e->code;
	result = kexec_load_paths(&files, e);
	if (result == 0)
		kdump_record_write(f->image_crc, f->kernel_crc);
	return result;
}

/* Whether a load now would load the same again. */
static bool is_current(const struct kdump_facts *f)
{
	return f->loaded == 1 && !why_stale(f) && f->record.known && f->record.image == f->image_crc &&
	       f->record.kernel == f->kernel_crc;
}

static int load_and_say(struct kdump_facts *f)
{
	struct error e = {.code = 0};
	int before = f->loaded;

	if (load(f, &e) < 0)
		return kexec_load_failed(before, &e);
	if (!f->request->root)
		applet_say("armed: %s with %s loaded, %lld MiB reserved", f->kernel, f->image,
			   (long long)f->reserved >> 20);
	return STATUS_DONE;
}

static int start(struct kdump_facts *f, bool anew)
{
	if (f->disabled) {
		applet_say("%s disables loading", f->conf);
		return STATUS_DONE;
	}
	if (!anew && is_current(f)) {
		applet_say("already armed: %s with %s is loaded, and nothing has changed", f->kernel, f->image);
		return STATUS_DONE;
	}
	return load_and_say(f);
}

int kdump_start(struct kdump_facts *f)
{
	return start(f, false);
}

int kdump_restart(struct kdump_facts *f)
{
	return start(f, true);
}

int kdump_stop(struct kdump_facts *f)
{
	struct error e = {.code = 0};

	if (f->loaded != 1) {
		applet_say("no capture kernel is loaded");
		kdump_record_remove();
		return STATUS_DONE;
	}
	if (f->request->root) {
		applet_say("--root: would unload the capture kernel");
		return STATUS_DONE;
	}
	if (kexec_unload(true, &e) < 0)
		return applet_error(&e);
	kdump_record_remove();
	applet_say("unloaded: a crash now saves nothing");
	return STATUS_DONE;
}

/* --- reload: after memory or CPUs were added or removed, often many at once --- */

/* Waits at most ms. Returns a descriptor, or -1: another process still has it, or it cannot be made. */
static int take_lock(const char *path, uint64_t ms)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct flock all = {.l_type = F_WRLCK};
	uint64_t start = clock_ms();

	while (fd >= 0 && fcntl(fd, F_SETLK, &all) != 0) {
		if (clock_ms() - start >= ms) {
			close(fd);
			return -1;
		}
		clock_sleep(LOCK_POLL_MS);
	}
	return fd;
}

int kdump_reload(struct kdump_facts *f)
{
	int next CLEANUP(close_fd) = -1, now CLEANUP(close_fd) = -1;

	if (f->loaded != 1 && !f->record.known) {
		applet_say("no capture kernel is loaded: nothing to reload; 'crashbox kdump start' loads one");
		return STATUS_FAILED;
	}
	if (!kdump_make_run())
		return load_and_say(f);
	/* Concurrent reloads coalesce: one runs, one waits and will see all changes until it runs, the rest exit. */
	next = take_lock(KDUMP_RUN "/next", 0);
	if (next < 0) {
		applet_say("another reload is waiting; it will do");
		return STATUS_DONE;
	}
	now = take_lock(KDUMP_RUN "/now", LOCK_MS);
	close_fd(&next);
	return load_and_say(f);
}
