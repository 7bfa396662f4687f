/*
 * Configurations of every dialect, recognised and named: whatever is taken can be shown as crashbox.conf, is read back
 * as the same, and can be written as a script. Tables of mounts and targets on other machines, too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/dialect.h"
#include "host/mount_lines.h"
#include "host/resolve.h"
#include "script/script_writer.h"
#include "plan/show_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_names(const struct string_list *a, const struct string_list *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->item[i], b->item[i]) != 0)
			return false;
	return a->count == b->count;
}

static bool same(const struct plan *a, const struct plan *b)
{
	for (size_t i = 0; i < a->nr_targets && i < b->nr_targets; i++)
		if (a->targets[i].type != b->targets[i].type || strcmp(a->targets[i].device, b->targets[i].device) != 0)
			return false;
	return a->nr_targets == b->nr_targets && strcmp(a->path, b->path) == 0 &&
	       a->collector.level == b->collector.level && a->collector.elf == b->collector.elf &&
	       a->collector.flattened == b->collector.flattened && a->collector.compress == b->collector.compress &&
	       a->collector.message_level == b->collector.message_level && a->log_only == b->log_only &&
	       a->final == b->final && a->failure == b->failure && a->dump_deadline == b->dump_deadline &&
	       same_names(&a->modules, &b->modules) && same_names(&a->pre, &b->pre) && same_names(&a->post, &b->post) &&
	       same_names(&a->files, &b->files) && a->keep == b->keep && a->min_free == b->min_free &&
	       strcmp(a->append, b->append) == 0 && strcmp(a->cmdline, b->cmdline) == 0 && a->disabled == b->disabled &&
	       strcmp(a->kernel, b->kernel) == 0 && strcmp(a->kernel_version, b->kernel_version) == 0 &&
	       strcmp(a->image, b->image) == 0 && strcmp(a->kexec_args, b->kexec_args) == 0;
}

static void check_plan(const struct plan *plan)
{
	static const struct string_list none;
	struct buffer text = {0}, again = {0}, script = {0};
	static struct plan other;
	struct error e;

	if (show_config(&text, plan, &e) < 0 || plan_init(&other, NULL, buffer_span(&text), "f", NULL, &e) < 0 ||
	    !same(plan, &other) || show_config(&again, &other, &e) < 0 || text.size != again.size ||
	    memcmp(text.data, again.data, text.size) != 0 || script_write(&script, plan, &none, &e) < 0)
		abort();
	plan_deinit(&other);
	buffer_deinit(&text);
	buffer_deinit(&again);
	buffer_deinit(&script);
}

/* The input as a table of mounts, in which the plan's directory is looked for. */
static void check_mounts(const struct plan *plan, struct span text)
{
	int (*const find[])(struct span, const char *, struct mount_line *, struct error *) = {mount_line_fstab,
											       mount_line_mountinfo};
	static struct plan with;
	static struct mount_line m;
	struct error e;

	for (size_t i = 0; i < 2; i++) {
		with = (struct plan){.dump_deadline = 1, .collector = collector_default()};
		strcpy(with.path, plan->path);
		if (find[i](text, with.path[0] ? with.path : "/", &m, &e) > 0 &&
		    plan_take_mount(&with, &m, "f:1", NULL, &e) == 0)
			check_plan(&with);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plan plan;
	struct error e;

	for (size_t i = 0; i == 0 || dialects[i - 1]; i++) {
		if (plan_init(&plan, i ? dialects[i - 1] : NULL, span_of(data, size), "f", NULL, &e) == 0)
			check_plan(&plan);
		plan_deinit(&plan);
	}
	strcpy(plan.path, "/var/crash");
	check_mounts(&plan, span_of(data, size));
	return 0;
}
