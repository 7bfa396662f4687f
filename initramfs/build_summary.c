#include "build_summary.h"

#include <string.h>

#include "base/cleanup.h"

static void print_size(FILE *out, size_t bytes)
{
	fprintf(out, "%zu.%zu KiB", bytes / 1024, bytes % 1024 * 10 / 1024);
}

/* A name that the terminal must not act on. */
static void print_clean(FILE *out, const char *name)
{
	struct buffer clean CLEANUP(buffer_deinit) = {0};

	buffer_add_clean(&clean, span_of(name, strlen(name)));
	fputs(buffer_text(&clean), out);
}

static void print_names(FILE *out, const struct string_list *names)
{
	for (size_t i = 0; i < names->count; i++) {
		fputc(' ', out);
		print_clean(out, names->item[i]);
	}
}

static void print_modules(FILE *out, const struct build *build)
{
	fprintf(out, "  modules ");
	print_names(out, &build->module_files.names);
	if (!build->module_files.names.count) {
		fprintf(out, " none\n");
		return;
	}
	fprintf(out, " (");
	print_size(out, build->sizes.modules);
	fprintf(out, ")\n");
}

static void print_files(FILE *out, const struct build *build)
{
	if (!build->files.count)
		return;
	fprintf(out, "  files   ");
	for (size_t i = 0; i < build->files.count; i++) {
		fputs(" /", out);
		print_clean(out, build->files.item[i].name);
	}
	fprintf(out, " (");
	print_size(out, build->sizes.files);
	fprintf(out, ")\n");
}

/* Why the image is for its owner alone. */
static void print_mode(FILE *out, const struct build *build)
{
	enum { SHOWN = 4 };
	const struct string_list *secrets = &build->secrets;
	const char *comma = "";

	if (!build_is_secret(build))
		return;
	fprintf(out, "  mode     0600, because not everybody may read: ");
	if (plan_has_key(&build->plan))
		fprintf(out, "its keys"), comma = ", ";
	for (size_t i = 0; i < secrets->count && i < SHOWN; i++, comma = ", ") {
		fputs(comma, out);
		print_clean(out, secrets->item[i]);
	}
	if (secrets->count > SHOWN)
		fprintf(out, " and %zu more", secrets->count - SHOWN);
	fputc('\n', out);
}

void build_summary_print(FILE *out, const struct build *build)
{
	const struct plan *plan = &build->plan;

	print_clean(out, build->request->out);
	fputs(": ", out);
	print_size(out, build->image.size);
	fprintf(out, " compressed, ");
	print_size(out, build->sizes.uncompressed + build->foreign);
	fprintf(out, " uncompressed\n");
	for (size_t i = 0; i < plan->nr_targets; i++)
		fprintf(out, "  target   %s %s, in %s%s\n", plan->targets[i].kind->name, plan->targets[i].device,
			plan->path, plan->path[0] ? "" : "/");
	if (plan->log_only)
		fprintf(out, "  dump     the kernel's log only");
	else
		fprintf(out, "  dump     %s, level %u", plan->collector.elf ? "ELF" : "KDUMP", plan->collector.level);
	fprintf(out, "; then %s, without a dump %s\n", action_name(plan->final), action_name(plan->failure));
	print_modules(out, build);
	print_files(out, build);
	print_mode(out, build);
	if (build->minimum)
		fprintf(out, "  memory   crashkernel=%lluM is enough\n", (unsigned long long)build->minimum >> 20);
}
