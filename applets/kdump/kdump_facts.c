/* Collects facts from the configuration, the image and the running system. */
#include "kdump/kdump_facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crc32.h"
#include "fmt/kernel_cmdline.h"
#include "fmt/conf.h"
#include "sys/file.h"
#include "sys/kexec_call.h"

enum {
	CONF_MAX = 1 << 20,
	IMAGE_MAX = 256 << 20,
	UNPACKED_MAX = 512 << 20,
};

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* --- configuration --- */

static void find_conf(struct kdump_facts *f)
{
	static const char *const places[] = {"/etc/crashbox.conf", "/etc/kdump.conf", "/etc/sysconfig/kdump",
					     "/etc/default/kdump-tools", "/etc/sysconfig/dump"};

	if (f->request->conf)
		snprintf(f->conf, sizeof(f->conf), "%s", f->request->conf);
	for (size_t i = 0; !f->conf[0] && i < sizeof(places) / sizeof(places[0]); i++)
		if (is_there(places[i]))
			snprintf(f->conf, sizeof(f->conf), "%s", places[i]);
}

/* The dialects' two switches that disable everything: NAME=0, NAME="no". */
static bool turns_off(struct span line)
{
	static const char *const names[] = {"USE_KDUMP=", "DUMP_ACTIVE="};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		if (!span_has(line, 0, length + 1) || memcmp(line.data, names[i], length) != 0)
			continue;
		if (line.data[length] == '"' || line.data[length] == '\'')
			length++;
		return length < line.size && (line.data[length] == '0' || line.data[length] == 'n');
	}
	return false;
}

/* Reads only whether it is enabled, and where the image is. */
static int read_conf(struct kdump_facts *f, struct error *e)
{
	char *text CLEANUP(free_ptr) = NULL;
	struct conf_reader reader = {.file = f->conf};
	struct conf_option option;
	size_t size;
	int result = file_read(f->conf, CONF_MAX, &text, &size, e);

	if (result < 0)
		return error_context(e, "the configuration");
	f->conf_crc = crc32_of(text, size);
	reader.text = span_of(text, size);
	/* mkcaptureinitrd reports its errors. */
	while (conf_next(&reader, &option, e) > 0) {
		f->disabled = f->disabled || turns_off(option.name);
		if (span_is(option.name, "image") && !f->image[0])
			image_info_text(f->image, sizeof(f->image), option.value);
	}
	return 0;
}

/* --- image --- */

static void find_image(struct kdump_facts *f)
{
	static const char *const places[] = {"/var/lib/crashbox/capture.img", "/boot/crashbox-capture.img"};

	if (f->request->image)
		snprintf(f->image, sizeof(f->image), "%s", f->request->image);
	for (size_t i = 0; !f->image[0] && i < sizeof(places) / sizeof(places[0]); i++)
		if (is_there(places[i]))
			snprintf(f->image, sizeof(f->image), "%s", places[i]);
	if (!f->image[0])
		snprintf(f->image, sizeof(f->image), "%s", places[0]);
}

static void read_image(struct kdump_facts *f)
{
	struct error *e = &f->image_error;
	struct span info;

	f->image_found = is_there(f->image);
	if (!f->image_found || file_read(f->image, IMAGE_MAX, &f->image_bytes, &f->image_size, e) < 0)
		return;
	f->image_crc = crc32_of(f->image_bytes, f->image_size);
	if (initrd_init(&f->initrd, span_of(f->image_bytes, f->image_size), UNPACKED_MAX, e) < 0)
		return;
	initrd_find(&f->initrd, "etc/crashbox.conf", &f->plan);
	initrd_find(&f->initrd, "etc/capture.sh", &f->script);
	if (initrd_find(&f->initrd, "etc/crashbox.info", &info))
		image_info_parse(&f->info, info, e);
}

int kdump_image_check(const struct kdump_facts *f, struct error *e)
{
	if (!f->image_found)
		return error_set(e, ENOENT, "%s does not exist", f->image);
	if (!f->image_error.code)
		return 0;
	*e = f->image_error;
	return error_context(e, "%s", f->image);
}

bool kdump_plan_get(const struct kdump_facts *f, const char *name, char *out, size_t size)
{
	struct conf_reader reader = {.text = f->plan, .file = "/etc/crashbox.conf"};
	struct conf_option option;
	struct error ignored;

	while (conf_next(&reader, &option, &ignored) > 0)
		if (span_is(option.name, name))
			return image_info_text(out, size, option.value) == 0;
	out[0] = 0;
	return false;
}

void kdump_directory(const struct kdump_facts *f, char path[KDUMP_PATH])
{
	if (!kdump_plan_get(f, "path", path, KDUMP_PATH))
		snprintf(path, KDUMP_PATH, "/var/crash");
}

/* --- kernel --- */

/* Finds the kernel of a release. Returns whether it exists. */
static bool find_release(char *kernel, const char *release)
{
	static const char *const places[] = {"/boot/vmlinuz-", "/boot/Image-", "/lib/modules/"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(kernel, KDUMP_PATH, "%s%s%s", places[i], release, i == 2 ? "/vmlinuz" : "");
		if (release[0] && is_there(kernel))
			return true;
	}
	kernel[0] = 0;
	return false;
}

/* The one asked for, else the plan's, else the one the image was made for, else the running kernel. */
static void find_kernel(struct kdump_facts *f)
{
	static const char *const unversioned[] = {"/boot/vmlinuz", "/boot/Image"};
	char release[128];

	if (f->request->kernel) {
		snprintf(f->kernel, sizeof(f->kernel), "%s", f->request->kernel);
		return;
	}
	if (kdump_plan_get(f, "kernel", f->kernel, sizeof(f->kernel)) && f->kernel[0] == '/' && is_there(f->kernel))
		return;
	if (kdump_plan_get(f, "kernel_version", release, sizeof(release)) && find_release(f->kernel, release))
		return;
	if (find_release(f->kernel, f->info.kernel.name) || find_release(f->kernel, f->release))
		return;
	for (size_t i = 0; !f->kernel[0] && i < 2; i++)
		if (is_there(unversioned[i]))
			snprintf(f->kernel, sizeof(f->kernel), "%s", unversioned[i]);
}

bool kdump_conf_changed(const struct kdump_facts *f)
{
	return f->conf[0] && f->info.configuration.known && f->info.configuration.crc != f->conf_crc;
}

bool kdump_kernel_changed(const struct kdump_facts *f)
{
	return f->kernel[0] && f->info.kernel.known && f->info.kernel.crc != f->kernel_crc;
}

int kdump_cmdline(const struct kdump_facts *f, char *line, size_t size, struct error *e)
{
	line[0] = 0;
	if (!f->info.cmdline[0] && !f->request->append) {
		error_set(e, ENODATA, "%s does not name a command line (it has no /etc/crashbox.info)", f->image);
		return error_hint(e, "make it with this version's mkcaptureinitrd, or use --append");
	}
	if (cmdline_add(line, size, f->info.cmdline, e) < 0)
		return -e->code;
	return cmdline_add(line, size, f->request->append, e);
}

/* --- the running system --- */

static void read_system(struct kdump_facts *f)
{
	char *text CLEANUP(free_ptr) = NULL;
	struct error ignored;
	struct utsname uts;
	size_t size;

	f->reserved = kexec_reservation(&ignored);
	f->loaded = kexec_loaded(true, &ignored);
	if (file_read("/proc/cmdline", 65536, &text, &size, &ignored) == 0) {
		text[strcspn(text, "\n")] = 0;
		f->asked_for = cmdline_has(text, "crashkernel");
	}
	uname(&uts);
	snprintf(f->release, sizeof(f->release), "%s", uts.release);
}

int kdump_facts_init(struct kdump_facts *f, const struct kdump_request *request, struct error *e)
{
	struct error ignored;

	*f = (struct kdump_facts){.request = request};
	read_system(f);
	kdump_record_read(&f->record);
	find_conf(f);
	if (f->conf[0] && read_conf(f, e) < 0)
		return -e->code;
	find_image(f);
	read_image(f);
	find_kernel(f);
	if (f->kernel[0])
		file_crc(f->kernel, &f->kernel_crc, &ignored);
	return 0;
}

void kdump_facts_deinit(struct kdump_facts *f)
{
	initrd_deinit(&f->initrd);
	free(f->image_bytes);
	f->image_bytes = NULL;
}
