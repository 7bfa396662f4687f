#include "plan/show_config.h"

#include <string.h>

static void write_md(struct buffer *out, const struct md_array *array)
{
	buffer_print(out, "md %s %s%s%s", array->device, array->uuid, array->level ? " " : "",
		     array->level ? array->level->name : "");
	if (array->members)
		buffer_print(out, " members=%u", array->members);
	buffer_print(out, "%s\n", array->force ? " force" : "");
}

/* After its file was read, the key is in the lines. */
static void write_dm(struct buffer *out, const struct mapped_device *device)
{
	if (device->key.file && !device->key.digits[0])
		buffer_print(out, "dm_key %s %s\n", device->name, device->key.file);
	for (size_t i = 0; i < device->count; i++) {
		buffer_print(out, "dm %s ", device->name);
		mapped_line_print(out, &device->line[i]);
		buffer_print(out, "\n");
	}
}

static void write_hooks(struct buffer *out, const char *option, const struct hooks *hooks)
{
	for (size_t i = 0; i < hooks->count; i++) {
		buffer_print(out, "%s ", option);
		string_list_print(out, &hooks->item[i].words);
		buffer_print(out, "\n");
	}
}

/* After the devices that they may be. */
static void write_targets(struct buffer *out, const struct plan *plan)
{
	for (size_t i = 0; i < plan->nr_targets; i++) {
		const char *device = plan->targets[i].device;
		/* A label may end in a blank, which a line does not. */
		const char *quote = device[strlen(device) - 1] == ' ' ? "\"" : "";

		buffer_print(out, "%s %s%s%s\n", plan->targets[i].kind->name, quote, device, quote);
	}
	if (plan->raw_disposable)
		buffer_print(out, "raw_disposable yes\n");
	buffer_print(out, "path %s\n", plan->path[0] ? plan->path : "/");
}

/* The programs of hooks are files, too: files come first, so that they keep their order. */
static void write_lists(struct buffer *out, const struct plan *plan)
{
	if (plan->modules.count) {
		buffer_print(out, "extra_modules ");
		string_list_print(out, &plan->modules);
		buffer_print(out, "\n");
	}
	for (size_t i = 0; i < plan->files.count; i++)
		buffer_print(out, "extra_bins %s\n", plan->files.item[i]);
	write_hooks(out, "kdump_pre", &plan->pre);
	if (plan->pre_may_fail)
		buffer_print(out, "pre_may_fail yes\n");
	write_hooks(out, "kdump_post", &plan->post);
}

static void write_text(struct buffer *out, const char *option, const char *text)
{
	if (text[0])
		buffer_print(out, "%s %s\n", option, text);
}

static void write_number(struct buffer *out, const char *option, unsigned number)
{
	if (number)
		buffer_print(out, "%s %u\n", option, number);
}

int show_config(struct buffer *out, const struct plan *plan, struct error *e)
{
	buffer_print(out, "# Written by mkcaptureinitrd: what the capture does, in the words of crashbox.conf(5).\n");
	for (size_t i = 0; i < plan->md.count; i++)
		write_md(out, &plan->md.item[i]);
	for (size_t i = 0; i < plan->dm.count; i++)
		write_dm(out, &plan->dm.item[i]);
	write_targets(out, plan);
	buffer_print(out, "core_collector ");
	collector_print(out, &plan->collector);
	buffer_print(out, "\n%sdump_deadline %u\n", plan->log_only ? "log_only yes\n" : "", plan->dump_deadline);
	buffer_print(out, "final_action %s\n", action_name(plan->final));
	buffer_print(out, "failure_action %s\n", action_name(plan->failure));
	write_lists(out, plan);
	write_number(out, "keep", plan->keep);
	write_number(out, "min_free", plan->min_free);
	write_number(out, "at_most", plan->at_most);
	write_number(out, "within", plan->within);
	write_text(out, "cmdline", plan->cmdline);
	write_text(out, "cmdline_append", plan->append);
	write_text(out, "kernel_version", plan->kernel_version);
	write_text(out, "kernel", plan->kernel);
	write_text(out, "image", plan->image);
	write_text(out, "kexec_args", plan->kexec_args);
	if (plan->disabled)
		buffer_print(out, "disabled yes\n");
	return buffer_check(out, e);
}
