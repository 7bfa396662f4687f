#include "build_summary.h"

static void print_size(FILE *out, size_t bytes)
{
	fprintf(out, "%zu.%zu KiB", bytes / 1024, bytes % 1024 * 10 / 1024);
}

static void print_names(FILE *out, const struct string_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		fprintf(out, " %s", names->item[i]);
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
	for (size_t i = 0; i < build->files.count; i++)
		fprintf(out, " /%s", build->files.item[i].name);
	fprintf(out, " (");
	print_size(out, build->sizes.files);
	fprintf(out, ")\n");
}

void build_summary_print(FILE *out, const struct build *build)
{
	const struct plan *plan = &build->plan;

	fprintf(out, "%s: ", build->request->out);
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
	if (build->minimum)
		fprintf(out, "  memory   crashkernel=%lluM is enough\n", (unsigned long long)build->minimum >> 20);
}
