#include "plan/plan.h"

#include <stdio.h>
#include <string.h>

#include "dialect/dialect.h"

const char *action_name(enum action action)
{
	static const char *const names[] = {"reboot", "halt", "poweroff"};

	return names[action];
}

int plan_init(struct plan *plan, const struct dialect *dialect, struct span text, const char *file,
	      const struct log *log, struct error *e)
{
	const char *slash = strrchr(file, '/');

	*plan = (struct plan){
		.path = "/var/crash", .collector = collector_default(), .dump_deadline = PLAN_DUMP_DEADLINE};
	snprintf(plan->source, sizeof(plan->source), "%s", slash ? slash + 1 : file);
	if (!dialect && dialect_recognise(text, file, &dialect, e) < 0)
		return -e->code;
	return dialect_read(plan, dialect, text, file, log, e);
}

void plan_deinit(struct plan *plan)
{
	string_list_deinit(&plan->md);
	string_list_deinit(&plan->dm);
	string_list_deinit(&plan->keys);
	string_list_deinit(&plan->modules);
	string_list_deinit(&plan->pre);
	string_list_deinit(&plan->post);
	string_list_deinit(&plan->files);
}

bool target_is_raw(const struct target *target)
{
	return strcmp(target->type, "raw") == 0;
}
