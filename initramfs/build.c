#include "build.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crc32.h"
#include "sys/file.h"

#include "kernel/capture_cmdline.h"
#include "dialect/dialect.h"
#include "budget/volume_memory.h"
#include "host/hostonly.h"
#include "module/disk_drivers.h"
#include "module/volume_modules.h"
#include "image/image_list.h"
#include "image/image_record.h"
#include "image/secret_inputs.h"
#include "output.h"
#include "host/resolve.h"
#include "script/script_writer.h"
#include "compress/decompress.h"
#include "text/reservation.h"

enum {
	CONF_MAX = 1024 * 1024,
	KERNEL_MAX = 1024 * 1024 * 1024,
	LZ4_FROM = 128 << 20, /* bytes of the smallest reservation with room for lz4's buffers */
};

/* A directory alone names no disk: the build machine may not be the one that crashes. */
static int resolve(struct build *build, struct error *e)
{
	const struct request *request = build->request;
	const struct host host = {.root = request->root, .known = request->root || request->hostonly};

	if (build->plan.nr_targets == 0 && !host.known) {
		error_set(e, EINVAL, "%s: no target: say where the dump goes, in a line such as: ext4 UUID=...",
			  request->conf);
		error_hint(e, "or have the file system that holds %s%s found: --hostonly looks on this machine,",
			   build->plan.path, build->plan.path[0] ? "" : "/");
		return error_hint(e, "--root DIR in a staged copy of the system that crashes");
	}
	return plan_resolve(&build->plan, &host, &build->log, e);
}

static int read_conf(struct build *build, struct error *e)
{
	char *text CLEANUP(free_ptr) = NULL;
	const struct dialect *dialect = NULL;
	size_t size;

	if (file_read(build->request->conf, CONF_MAX, &text, &size, e) < 0)
		return error_context(e, "reading the configuration");
	build->conf_crc = crc32_of(text, size);
	if (build->request->dialect && dialect_find(build->request->dialect, &dialect, e) < 0)
		return error_context(e, "--dialect");
	if (plan_parse(&build->plan, dialect, span_of(text, size), build->request->conf, &build->log, e) < 0)
		return -e->code;
	for (size_t i = 0; i < build->request->drivers.count; i++) {
		const char *name = build->request->drivers.item[i];

		if (string_list_add(&build->plan.modules, span_of(name, strlen(name)), e) < 0)
			return -e->code;
	}
	return resolve(build, e);
}

static int read_kernel(struct build *build, struct error *e)
{
	const char *path = build->request->kernel;
	struct buffer image CLEANUP(buffer_deinit) = {0};
	char *file CLEANUP(free_ptr) = NULL;
	size_t size;

	if (!path)
		return 0;
	if (file_read(path, KERNEL_MAX, &file, &size, e) < 0 || decompress_file(&image, path, KERNEL_MAX, e) < 0)
		return error_context(e, "reading the kernel");
	build->kernel_crc = crc32_of(file, size);
	if (capture_kernel_identify(&build->kernel, buffer_span(&image), e) < 0)
		return error_context(e, "%s", path);
	if (kernel_size_read(&build->kernel_size, buffer_span(&image), &build->no_budget) < 0)
		error_context(&build->no_budget, "%s", path);
	return 0;
}

/* File systems come first: their modules are the largest and need the most memory while they load. */
static int want_modules(struct build *build, struct error *e)
{
	const struct request *request = build->request;
	const struct plan *plan = &build->plan;

	for (size_t i = 0; i < plan->nr_targets; i++)
		if (!target_is_raw(&plan->targets[i]) &&
		    modules_want_filesystem(&build->modules, plan->targets[i].kind->name, e) < 0)
			return -e->code;
	if (modules_want_volumes(&build->modules, plan, e) < 0)
		return error_context(e, "%s", build->request->conf);
	if (build->request->hostonly && hostonly_modules(&build->modules, plan, &build->log, e) < 0)
		return error_context(e, "--hostonly");
	for (size_t i = 0; i < plan->modules.count; i++)
		if (modules_want(&build->modules, plan->modules.item[i], e) < 0)
			return error_context(e, "%s: a requested module", build->request->conf);
	build->common_from = build->modules.nr_order;
	if (request->common_drivers && disk_drivers_want_common(&build->modules, e) < 0)
		return error_context(e, "--drivers common");
	/* What --hostonly finds is what the machine's disks need. */
	if (request->hostonly)
		return 0;
	return disk_drivers_check(&build->modules, plan, request->strict, &build->log, e);
}

/* What --drivers common has added. */
static void say_common(const struct build *build)
{
	size_t count = build->module_files.names.count - build->common_from, bytes = 0;

	for (size_t i = build->common_from; i < build->module_files.names.count; i++)
		bytes += build->module_files.data[i].size;
	log_line(&build->log, LOG_NOTE, "--drivers common: %zu modules more, %zu KiB of the uncompressed image", count,
		 bytes >> 10);
}

/* The directory given by -m, or with --hostonly the installed one; "": none. */
static void find_modules(const struct build *build, char dir[PATH_MAX])
{
	struct utsname uts;

	if (build->request->modules || !build->request->hostonly)
		snprintf(dir, PATH_MAX, "%s", build->request->modules ? build->request->modules : "");
	else if (build->kernel.release[0])
		snprintf(dir, PATH_MAX, "/lib/modules/%s", build->kernel.release);
	else
		snprintf(dir, PATH_MAX, "/lib/modules/%s", uname(&uts) == 0 ? uts.release : "");
}

static int read_modules(struct build *build, struct error *e)
{
	char dir[PATH_MAX];

	find_modules(build, dir);
	if (!dir[0] && build->request->common_drivers)
		return error_set(e, EINVAL, "--drivers needs -m, the directory of the kernel's modules");
	if (!dir[0] && build->plan.modules.count)
		return error_set(e, EINVAL,
				 "%s: a module is requested, but -m, the directory of the kernel's modules, is missing",
				 build->request->conf);
	/* A kernel without modules has no such directory, and needs none. */
	if (!dir[0] || (!build->request->modules && access(dir, F_OK) != 0))
		return 0;
	if (modules_open(&build->modules, dir, &build->log, e) < 0)
		return -e->code;
	if (want_modules(build, e) < 0)
		return error_context(e, "%s", dir);
	if (module_files_read(&build->module_files, &build->modules, dir, build->kernel.release, e) < 0)
		return -e->code;
	if (build->request->common_drivers)
		say_common(build);
	return 0;
}

int build_cmdline(struct build *build, struct buffer *line, bool explain, struct error *e)
{
	int (*write)(struct buffer *, const struct capture_kernel *, bool, const char *, struct error *) =
		explain ? capture_cmdline_explain : capture_cmdline_write;
	const char *append = build->request->append ? build->request->append : "";
	struct buffer words CLEANUP(buffer_deinit) = {0};

	buffer_print(&words, "%s%s%s", build->plan.append, build->plan.append[0] && append[0] ? " " : "", append);
	if (build->plan.cmdline[0]) {
		buffer_print(line, "%s%s%s", build->plan.cmdline, words.size ? " " : "", buffer_text(&words));
		if (buffer_check(line, e) < 0 || capture_cmdline_check(buffer_text(line), e) < 0)
			return -e->code;
		buffer_print(line, "%s", explain ? "\n" : "");
		return buffer_check(line, e);
	}
	return write(line, &build->kernel, build->module_files.names.count > 0, buffer_text(&words), e);
}

int build_read(struct build *build, struct error *e)
{
	if (read_conf(build, e) < 0 || read_kernel(build, e) < 0 || read_modules(build, e) < 0)
		return -e->code;
	return script_write(&build->script, &build->plan, &build->module_files.names, e);
}

/* --- the image ---------------------------------------------------------------------------------------------------- */

/* SOURCE_DATE_EPOCH, in seconds (reproducible-builds.org), or 0. */
static int read_time(uint32_t *mtime, struct error *e)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;
	unsigned long long value;

	*mtime = 0;
	if (!text || !text[0])
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || value > UINT32_MAX)
		return error_set(e, EINVAL, "SOURCE_DATE_EPOCH is '%.64s', not a number of seconds below 2^32", text);
	*mtime = (uint32_t)value;
	return 0;
}

/* Writes what "crashbox kdump" reads on the running system. */
static int write_info(const struct build *build, struct buffer *out, struct error *e)
{
	struct image_info info = {.made_by = "crashbox " CRASHBOX_VERSION,
				  .configuration = {.known = true, .crc = build->conf_crc},
				  .kernel = {.known = build->request->kernel, .crc = build->kernel_crc},
				  .minimum = build->minimum};

	if (image_record_text(info.configuration.name, sizeof(info.configuration.name), build->plan.source,
			      "the configuration's name", e) < 0)
		return error_hint(e, "rename %s", build->request->conf);
	if (image_record_text(info.kernel.name, sizeof(info.kernel.name), build->kernel.release, "the kernel's release",
			      e) < 0)
		return -e->code;
	if (image_record_text(info.cmdline, sizeof(info.cmdline), buffer_text(&build->cmdline),
			      "the kernel command line", e) < 0)
		return -e->code;
	return image_record_info(out, &info, e);
}

/* The images in front. Notes what in them others may not read. */
static int prepend(struct build *build, struct error *e)
{
	build->foreign = 0;
	for (size_t i = 0; i < build->request->concat.count; i++) {
		const char *path = build->request->concat.item[i];
		char name[PATH_MAX];
		struct image_listed listed;

		if (image_list_prepend(&build->image, path, &listed, e) < 0)
			return error_context(e, "--concat");
		build->foreign += listed.unpacked;
		snprintf(name, sizeof(name), "%s in %.2048s", listed.secret, path);
		if (listed.secret[0] && secret_inputs_add(&build->secrets, name, e) < 0)
			return -e->code;
	}
	return 0;
}

/* Archives in front, then ours. Starts over each time: the second image contains results of the first. */
static int pack(struct build *build, struct image_parts *parts, struct error *e)
{
	struct buffer conf CLEANUP(buffer_deinit) = {0}, info CLEANUP(buffer_deinit) = {0};
	size_t before;

	buffer_deinit(&build->image);
	build->image = (struct buffer){0};
	if (prepend(build, e) < 0)
		return -e->code;
	before = build->image.size;
	if (image_record_conf(&conf, &build->plan, e) < 0 || write_info(build, &info, e) < 0)
		return -e->code;
	parts->conf = buffer_span(&conf);
	parts->info = buffer_span(&info);
	if (image_pack(&build->image, parts, &build->sizes, e) < 0)
		return -e->code;
	build->sizes.compressed = build->image.size - before;
	return 0;
}

static int make_budget(struct build *build, struct error *e)
{
	struct budget_input input = {
		.kernel = build->kernel,
		.size = build->kernel_size,
		.compressed = build->image.size,
		.uncompressed = build->sizes.uncompressed + build->foreign,
		.modules = build->module_files.loaded,
		.largest_module = build->module_files.largest,
		.volumes = volume_memory(&build->plan),
		.cmdline = buffer_text(&build->cmdline),
	};

	if (build->no_budget.code && !request_asks_budget(build->request)) {
		log_line(&build->log, LOG_NOTE, "no memory budget: %s", build->no_budget.text);
		return 0;
	}
	*e = build->no_budget;
	if (e->code)
		return error_context(e, "the memory budget");
	compression_cost_read(&input.compression, buffer_span(&build->image));
	if (build->request->crashkernel &&
	    reservation_read(&input.reservation, &input.place, build->request->crashkernel, e) < 0)
		return error_context(e, "--crashkernel");
	if (budget_make(&build->budget, &input, e) < 0)
		return error_context(e, "the memory budget");
	budget_advise(&build->budget);
	build->minimum = build->budget.minimum;
	return 0;
}

static void warn_of_lz4(const struct build *build)
{
	uint64_t reservation = build->request->crashkernel ? build->budget.input.reservation : 0;

	if (build->request->format == COMPRESSION_LZ4 && reservation < LZ4_FROM)
		log_line(&build->log, LOG_WARN,
			 "the kernel needs 8 MiB or more of buffers to unpack an lz4 image: use gzip below "
			 "crashkernel=128M");
}

int build_pack(struct build *build, struct error *e)
{
	struct image_parts parts = {.script = buffer_span(&build->script),
				    .secret = plan_has_key(&build->plan),
				    .modules = &build->module_files,
				    .files = &build->files,
				    .format = build->request->format};

	if (read_time(&parts.mtime, e) < 0 ||
	    crashbox_binary_read(&build->binary, build->request->binary, build->kernel.arch, e) < 0)
		return -e->code;
	build->kernel.arch = build->binary.arch;
	if (extra_files_collect(&build->files, &build->plan, build->request->root ? build->request->root : "",
				build->binary.arch, e) < 0 ||
	    build_cmdline(build, &build->cmdline, false, e) < 0)
		return -e->code;
	parts.binary = span_of(build->binary.data, build->binary.size);
	if (pack(build, &parts, e) < 0)
		return -e->code;
	/* Once more, with the minimum in it: a few bytes, far fewer than the budget's steps. */
	if (build->request->kernel && (make_budget(build, e) < 0 || pack(build, &parts, e) < 0))
		return -e->code;
	warn_of_lz4(build);
	return 0;
}

bool build_is_secret(const struct build *build)
{
	return build->secrets.count || plan_has_key(&build->plan);
}

static int check_all(struct build *build, const struct string_list *paths, struct error *e)
{
	for (size_t i = 0; i < paths->count; i++)
		if (secret_inputs_check(&build->secrets, paths->item[i], build->request->out, e) < 0)
			return -e->code;
	return 0;
}

/* Finds what is in the image, or in its plan, and not for everybody to read. */
static int find_secrets(struct build *build, struct error *e)
{
	const struct request *request = build->request;

	if (secret_inputs_check(&build->secrets, request->conf, request->out, e) < 0 ||
	    secret_inputs_check(&build->secrets, build->binary.path, request->out, e) < 0 ||
	    check_all(build, &build->module_files.paths, e) < 0)
		return -e->code;
	for (size_t i = 0; i < build->files.count; i++)
		if (secret_inputs_check(&build->secrets, build->files.item[i].path, request->out, e) < 0)
			return -e->code;
	for (size_t i = 0; i < request->concat.count; i++)
		if (secret_inputs_check(&build->secrets, request->concat.item[i], request->out, e) < 0)
			return -e->code;
	return 0;
}

int build_write(struct build *build, struct error *e)
{
	const struct request *request = build->request;
	const char *const inputs[] = {request->conf, request->kernel, build->binary.path};

	if (output_check(request->out, inputs, sizeof(inputs) / sizeof(inputs[0]), e) < 0 ||
	    output_check(request->out, request->concat.item, request->concat.count, e) < 0)
		return -e->code;
	plan_warn_of_keys(&build->plan, &build->log);
	if (find_secrets(build, e) < 0)
		return -e->code;
	return output_write(request->out, buffer_span(&build->image), build_is_secret(build) ? 0600 : 0644, e);
}

void build_deinit(struct build *build)
{
	module_files_deinit(&build->module_files);
	modules_deinit(&build->modules);
	extra_files_deinit(&build->files);
	crashbox_binary_deinit(&build->binary);
	string_list_deinit(&build->secrets);
	plan_deinit(&build->plan);
	buffer_deinit(&build->script);
	buffer_deinit(&build->cmdline);
	buffer_deinit(&build->image);
}
