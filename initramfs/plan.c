#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "dialect.h"

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
	names_deinit(&plan->md);
	names_deinit(&plan->dm);
	names_deinit(&plan->keys);
	names_deinit(&plan->modules);
	names_deinit(&plan->pre);
	names_deinit(&plan->post);
	names_deinit(&plan->files);
}

bool target_is_raw(const struct target *target)
{
	return strcmp(target->type, "raw") == 0;
}
