#include "plan/show_config.h"

#include <string.h>

static void write_repeated(struct buffer *out, const char *option, const struct string_list *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		buffer_print(out, "%s %s\n", option, lines->item[i]);
}

/* Behind the devices that they may be. */
static void write_targets(struct buffer *out, const struct plan *plan)
{
	for (size_t i = 0; i < plan->nr_targets; i++) {
		const char *device = plan->targets[i].device;
		/* A label may end in a blank, which a line does not. */
		const char *quote = device[strlen(device) - 1] == ' ' ? "\"" : "";

		buffer_print(out, "%s %s%s%s\n", plan->targets[i].type, quote, device, quote);
	}
	if (plan->raw_disposable)
		buffer_print(out, "raw_disposable yes\n");
	buffer_print(out, "path %s\n", plan->path[0] ? plan->path : "/");
}

/* The programs of hooks are files, too: files come first, so that they keep their order. */
static void write_lists(struct buffer *out, const struct plan *plan)
{
	if (plan->modules.count)
		buffer_print(out, "extra_modules");
	for (size_t i = 0; i < plan->modules.count; i++)
		buffer_print(out, " %s", plan->modules.item[i]);
	if (plan->modules.count)
		buffer_print(out, "\n");
	for (size_t i = 0; i < plan->files.count; i++)
		buffer_print(out, "extra_bins %s\n", plan->files.item[i]);
	for (size_t i = 0; i < plan->pre.count; i++)
		buffer_print(out, "kdump_pre %s\n", plan->pre.item[i]);
	if (plan->pre_may_fail)
		buffer_print(out, "pre_may_fail yes\n");
	for (size_t i = 0; i < plan->post.count; i++)
		buffer_print(out, "kdump_post %s\n", plan->post.item[i]);
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
	write_repeated(out, "md", &plan->md);
	write_repeated(out, "dm", &plan->dm);
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
