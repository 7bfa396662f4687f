#include "build.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"

#include "cmdline.h"
#include "dialect.h"
#include "output.h"
#include "plan_hooks.h"
#include "plan_resolve.h"
#include "script.h"
#include "unpack.h"

enum {
	CONF_MAX = 1024 * 1024,
	BINARY_MAX = 64 * 1024 * 1024,
	KERNEL_MAX = 1024 * 1024 * 1024,
};

static void print_size(FILE *out, size_t bytes)
{
	fprintf(out, "%zu.%zu KiB", bytes / 1024, bytes % 1024 * 10 / 1024);
}

static void print_summary(FILE *out, const struct build *build, const struct image_sizes *sizes)
{
	const struct plan *plan = &build->plan;

	fprintf(out, "%s: ", build->request->out);
	print_size(out, sizes->packed);
	fprintf(out, " packed, ");
	print_size(out, sizes->unpacked);
	fprintf(out, " unpacked\n");
	for (size_t i = 0; i < plan->nr_targets; i++)
		fprintf(out, "  target   %s %s, in %s%s\n", plan->targets[i].type, plan->targets[i].device, plan->path,
			plan->path[0] ? "" : "/");
	fprintf(out, "  dump     %s, level %u; then %s, without a dump %s\n", plan->collector.elf ? "ELF" : "KDUMP",
		plan->collector.level, action_name(plan->final), action_name(plan->failure));
	fprintf(out, "  modules ");
	for (size_t i = 0; i < build->module_names.count; i++)
		fprintf(out, " %s", build->module_names.item[i]);
	if (build->module_names.count) {
		fprintf(out, " (");
		print_size(out, sizes->modules);
		fprintf(out, ")\n");
	} else {
		fprintf(out, " none\n");
	}
}

/* A directory alone does not say on whose disk: the machine that an image is made on may not be the one that crashes.
 */
static int find_target(struct build *build, struct error *e)
{
	const struct request *request = build->request;

	if (build->plan.nr_targets == 0 && !request->root && !request->hostonly) {
		error_set(e, EINVAL, "%s: no target: say where the dump goes, in a line such as: ext4 UUID=...",
			  request->conf);
		return error_hint(e,
				  "or let it be found: %s%s is a directory of the system that crashes, which is this "
				  "one with\n--hostonly, or lies staged in a directory with --root DIR",
				  build->plan.path, build->plan.path[0] ? "" : "/");
	}
	if (plan_resolve(&build->plan, request->root, &build->log, e) < 0)
		return -e->code;
	if (!request->root && !request->hostonly)
		return 0;
	return plan_add_hook_directories(&build->plan, request->root, &build->log, e);
}

static int read_conf(struct build *build, struct error *e)
{
	char *text CLEANUP(free_ptr) = NULL;
	const struct dialect *dialect = NULL;
	size_t size;

	if (file_read(build->request->conf, CONF_MAX, &text, &size, e) < 0)
		return error_context(e, "reading the configuration");
	if (build->request->dialect && dialect_find(build->request->dialect, &dialect, e) < 0)
		return error_context(e, "--dialect");
	if (plan_init(&build->plan, dialect, span_of(text, size), build->request->conf, &build->log, e) < 0)
		return -e->code;
	return find_target(build, e);
}

static int read_kernel(struct build *build, struct error *e)
{
	struct buffer image CLEANUP(buffer_deinit) = {0};

	if (!build->request->kernel)
		return 0;
	if (unpack_file(&image, build->request->kernel, KERNEL_MAX, e) < 0)
		return error_context(e, "reading the kernel");
	if (capture_kernel_identify(&build->kernel, buffer_span(&image), e) < 0)
		return error_context(e, "%s", build->request->kernel);
	return 0;
}

static int read_modules(struct build *build, struct error *e)
{
	const char *dir = build->request->modules;

	if (!dir && build->plan.modules.count)
		return error_set(e, EINVAL, "%s: extra_modules needs -m, the directory of the kernel's modules",
				 build->request->conf);
	if (!dir)
		return 0;
	if (modules_open(&build->modules, dir, &build->log, e) < 0)
		return -e->code;
	for (size_t i = 0; i < build->plan.modules.count; i++)
		if (modules_want(&build->modules, build->plan.modules.item[i], e) < 0)
			return error_context(e, "%s: extra_modules", build->request->conf);
	for (size_t i = 0; i < build->plan.nr_targets; i++)
		if (modules_want_filesystem(&build->modules, build->plan.targets[i].type, e) < 0)
			return error_context(e, "%s", dir);
	return image_read_modules(&build->modules, dir, build->kernel.release, &build->module_names,
				  &build->module_data, e);
}

/* Beside this program, in a build tree and where it is installed; for another machine, where the build puts that. */
static int find_binary(const struct build *build, char path[PATH_MAX], struct error *e)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0)
		return error_errno(e, "/proc/self/exe");
	self[n] = 0;
	slash = strrchr(self, '/');
	if (slash)
		*slash = 0;
	if (build->kernel.arch != ARCH_UNKNOWN &&
	    snprintf(path, PATH_MAX, "%s/%s/crashbox", self, arch_name(build->kernel.arch)) < PATH_MAX &&
	    access(path, F_OK) == 0)
		return 0;
	if (snprintf(path, PATH_MAX, "%s/crashbox", self) >= PATH_MAX)
		return error_set(e, ENAMETOOLONG, "%.100s...: the name is too long", self);
	if (access(path, F_OK) != 0) {
		error_errno(e, "%s", path);
		return error_hint(e, "build the crashbox binary (make), or name it with --binary");
	}
	return 0;
}

static int read_binary(struct build *build, char path[PATH_MAX], char **data, size_t *size, struct error *e)
{
	enum arch arch;

	if (build->request->binary)
		snprintf(path, PATH_MAX, "%s", build->request->binary);
	else if (find_binary(build, path, e) < 0)
		return -e->code;
	if (file_read(path, BINARY_MAX, data, size, e) < 0)
		return error_context(e, "reading the crashbox binary");
	if (binary_identify(&arch, span_of(*data, *size), e) < 0)
		return error_context(e, "%s", path);
	if (build->kernel.arch != ARCH_UNKNOWN && build->kernel.arch != arch)
		return error_set(e, EINVAL,
				 "%s is for %s, but the kernel %s is for %s\nbuild it with 'make ARCH=%s', and name "
				 "it with --binary",
				 path, arch_name(arch), build->request->kernel, arch_name(build->kernel.arch),
				 arch_name(build->kernel.arch));
	build->kernel.arch = arch;
	return 0;
}

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

int build_image(struct build *build, FILE *summary, struct error *e)
{
	const struct request *request = build->request;
	struct image_parts parts = {
		.script = buffer_span(&build->script), .modules = &build->module_names, .module = build->module_data};
	struct buffer packed CLEANUP(buffer_deinit) = {0};
	char *binary CLEANUP(free_ptr) = NULL;
	char path[PATH_MAX];
	const char *const inputs[] = {request->conf, request->kernel, path};
	struct image_sizes sizes;

	if (read_time(&parts.mtime, e) < 0 || read_binary(build, path, &binary, &parts.binary.size, e) < 0)
		return -e->code;
	parts.binary.data = (const uint8_t *)binary;
	if (output_check(request->out, inputs, sizeof(inputs) / sizeof(inputs[0]), e) < 0 ||
	    image_pack(&packed, &parts, &sizes, e) < 0 || output_write(request->out, buffer_span(&packed), e) < 0)
		return -e->code;
	print_summary(summary, build, &sizes);
	return 0;
}

int build_cmdline(struct build *build, struct buffer *line, struct error *e)
{
	const char *append = build->request->append ? build->request->append : "";
	struct buffer words CLEANUP(buffer_deinit) = {0};

	buffer_print(&words, "%s%s%s", build->plan.append, build->plan.append[0] && append[0] ? " " : "", append);
	return cmdline_write(line, &build->kernel, build->module_names.count > 0, buffer_text(&words), e);
}

int build_read(struct build *build, struct error *e)
{
	if (read_conf(build, e) < 0 || read_kernel(build, e) < 0 || read_modules(build, e) < 0)
		return -e->code;
	return script_write(&build->script, &build->plan, &build->module_names, e);
}

void build_deinit(struct build *build)
{
	image_free_modules(&build->module_names, build->module_data);
	modules_deinit(&build->modules);
	plan_deinit(&build->plan);
	buffer_deinit(&build->script);
}
