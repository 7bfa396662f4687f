#include "plan/plan.h"

#include <string.h>

const char *action_name(enum action action)
{
	static const char *const names[] = {"reboot", "halt", "poweroff"};

	return names[action];
}

void plan_init(struct plan *plan)
{
	*plan = (struct plan){
		.path = "/var/crash", .collector = collector_default(), .dump_deadline = PLAN_DUMP_DEADLINE};
}

void plan_deinit(struct plan *plan)
{
	md_arrays_deinit(&plan->md);
	mapped_devices_deinit(&plan->dm);
	hooks_deinit(&plan->pre);
	hooks_deinit(&plan->post);
	string_list_deinit(&plan->modules);
	string_list_deinit(&plan->files);
}

bool plan_makes(const struct plan *plan, const char *device)
{
	static const char mapper[] = "/dev/mapper/";
	const struct mapped_device *mapped;

	for (size_t i = 0; i < plan->md.count; i++)
		if (strcmp(plan->md.item[i].device, device) == 0)
			return true;
	if (strncmp(device, mapper, strlen(mapper)) != 0)
		return false;
	mapped = mapped_devices_find(&plan->dm, device + strlen(mapper));
	return mapped && mapped->count;
}

bool plan_has_key(const struct plan *plan)
{
	for (size_t i = 0; i < plan->dm.count; i++)
		if (mapped_device_encrypted(&plan->dm.item[i]))
			return true;
	return false;
}

void plan_warn_of_keys(const struct plan *plan, const struct log *log)
{
	for (size_t i = 0; i < plan->dm.count; i++)
		if (mapped_device_encrypted(&plan->dm.item[i]))
			log_line(log, LOG_WARN,
				 "the image holds the key of %s: anyone who can read the image can read that device; "
				 "keep the image readable by root only, and on an encrypted disk",
				 plan->dm.item[i].name);
	for (size_t i = 0; i < plan->dm.count; i++)
		if (!plan->dm.item[i].count)
			log_line(log, LOG_WARN, "dm_key %s: no dm line makes this device", plan->dm.item[i].name);
}
