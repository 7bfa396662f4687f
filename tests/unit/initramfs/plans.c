#include "unit/initramfs/plans.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "dialect/dialect.h"
#include "plan/show_config.h"

static void keep_line(void *context, enum log_level level, const char *text)
{
	struct kept *kept = context;

	(void)level;
	strncat(kept->text, text, sizeof(kept->text) - 2 - strlen(kept->text));
	strcat(kept->text, "\n");
}

void kept_init(struct kept *kept)
{
	kept->text[0] = 0;
	kept->log = (struct log){.line = keep_line, .context = kept};
}

static void check_names(struct test *t, const struct string_list *got, const struct string_list *want)
{
	CHECK_INT(t, got->count, want->count);
	for (size_t i = 0; i < got->count && i < want->count; i++)
		CHECK_STR(t, got->item[i], want->item[i]);
}

static void check_same(struct test *t, const struct plan *got, const struct plan *want)
{
	CHECK_INT(t, got->nr_targets, want->nr_targets);
	for (size_t i = 0; i < got->nr_targets && i < want->nr_targets; i++) {
		CHECK_STR(t, got->targets[i].type, want->targets[i].type);
		CHECK_STR(t, got->targets[i].device, want->targets[i].device);
	}
	CHECK_STR(t, got->path, want->path);
	CHECK_INT(t, got->collector.level, want->collector.level);
	CHECK_INT(t, got->collector.elf, want->collector.elf);
	CHECK_INT(t, got->collector.flattened, want->collector.flattened);
	CHECK_INT(t, got->collector.compress, want->collector.compress);
	CHECK_INT(t, got->collector.message_level, want->collector.message_level);
	CHECK_INT(t, got->log_only, want->log_only);
	CHECK_INT(t, got->pre_may_fail, want->pre_may_fail);
	CHECK_INT(t, got->raw_disposable, want->raw_disposable);
	CHECK_INT(t, got->final, want->final);
	CHECK_INT(t, got->failure, want->failure);
	CHECK_INT(t, got->dump_deadline, want->dump_deadline);
	check_names(t, &got->md, &want->md);
	check_names(t, &got->dm, &want->dm);
	check_names(t, &got->modules, &want->modules);
	check_names(t, &got->pre, &want->pre);
	check_names(t, &got->post, &want->post);
	check_names(t, &got->files, &want->files);
	CHECK_INT(t, got->keep, want->keep);
	CHECK_INT(t, got->min_free, want->min_free);
	CHECK_INT(t, got->at_most, want->at_most);
	CHECK_INT(t, got->within, want->within);
	CHECK_STR(t, got->append, want->append);
	CHECK_STR(t, got->cmdline, want->cmdline);
	CHECK_INT(t, got->disabled, want->disabled);
	CHECK_STR(t, got->kernel, want->kernel);
	CHECK_STR(t, got->kernel_version, want->kernel_version);
	CHECK_STR(t, got->image, want->image);
	CHECK_STR(t, got->kexec_args, want->kexec_args);
}

void check_round_trip(struct test *t, const struct plan *plan, const char *what)
{
	struct buffer text CLEANUP(buffer_deinit) = {0}, again CLEANUP(buffer_deinit) = {0};
	struct plan other;
	struct error e = {.code = 0};

	CHECK_INT(t, show_config(&text, plan, &e), 0);
	if (plan_init(&other, NULL, buffer_span(&text), "crashbox.conf", NULL, &e) < 0)
		test_str(t, e.text, "", what, __FILE__, __LINE__);
	check_same(t, &other, plan);
	CHECK_INT(t, show_config(&again, &other, &e), 0);
	test_str(t, buffer_text(&again), buffer_text(&text), what, __FILE__, __LINE__);
	plan_deinit(&other);
}
