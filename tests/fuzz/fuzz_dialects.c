/*
 * Configurations of every dialect, recognised and named: whatever is taken can be shown as crashbox.conf, is read back
 * as the same, and can be written as a script. Tables of mounts and targets on other machines, too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/dialect.h"
#include "host/mount_lines.h"
#include "host/find_target.h"
#include "script/script_writer.h"
#include "image/image_record.h"
#include "plan/show_config.h"
#include "plan_equal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_plan(const struct plan *plan)
{
	static const struct string_list none;
	struct buffer text = {0}, again = {0}, script = {0}, record = {0};
	static struct plan other;
	struct error e;

	if (show_config(&text, plan, &e) < 0 || plan_parse(&other, NULL, buffer_span(&text), "f", NULL, &e) < 0 ||
	    plan_difference(plan, &other)[0] || show_config(&again, &other, &e) < 0 || text.size != again.size ||
	    memcmp(text.data, again.data, text.size) != 0 || script_write(&script, plan, &none, &e) < 0)
		abort();
	/* What kdump could not read of it is refused. */
	image_record_conf(&record, plan, &e);
	plan_deinit(&other);
	buffer_deinit(&text);
	buffer_deinit(&again);
	buffer_deinit(&script);
	buffer_deinit(&record);
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
		plan_init(&with);
		memcpy(with.path, plan->path, sizeof(with.path));
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
		if (plan_parse(&plan, i ? dialects[i - 1] : NULL, span_of(data, size), "f", NULL, &e) == 0)
			check_plan(&plan);
		plan_deinit(&plan);
	}
	plan_init(&plan);
	check_mounts(&plan, span_of(data, size));
	return 0;
}
