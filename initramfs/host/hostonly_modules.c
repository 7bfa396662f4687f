/* Finds the machine's drivers among the modules of the capture kernel, which may be a different one. */
#include "host/hostonly.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sys/blockdev.h"

#define SYSFS "/sys"

int hostonly_want(struct modules *m, const struct host_drivers *drivers, struct error *e)
{
	for (size_t i = 0; i < drivers->count; i++) {
		const struct host_driver *driver = &drivers->item[i];
		bool there = modules_known(m, driver->name) || modules_builtin(m, driver->name);

		if (there && modules_want(m, driver->name, e) < 0)
			return -e->code;
		/* Without modules.builtin it may be built in. */
		if (there || !driver->from_file || m->texts.builtin.size == 0)
			continue;
		error_set(e, ENOENT,
			  "the running kernel needs the module %s here, but the capture kernel has it neither as a "
			  "module nor built in",
			  driver->name);
		return error_hint(e, "use a capture kernel that has it, or a target on another disk");
	}
	return 0;
}

int hostonly_number(const char *spec, char number[DEVICE_NUMBER], struct error *e)
{
	struct blockdev device;
	struct stat st;

	if (blockdev_find(spec, &device, e) < 0)
		return -e->code;
	if (stat(device.path, &st) != 0)
		return error_errno(e, "%s", device.path);
	snprintf(number, DEVICE_NUMBER, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return 0;
}

int hostonly_modules(struct modules *modules, const struct plan *plan, const struct log *log, struct error *e)
{
	struct host_drivers drivers = {.count = 0}, watchdogs = {.count = 0};
	char number[DEVICE_NUMBER];

	for (size_t i = 0; i < plan->nr_targets; i++)
		if (hostonly_number(plan->targets[i].device, number, e) < 0 ||
		    hostonly_device(&drivers, SYSFS, number, e) < 0)
			return error_context(e, "the drivers of target %s", plan->targets[i].device);
	if (hostonly_want(modules, &drivers, e) < 0)
		return -e->code;
	if (hostonly_watchdogs(&watchdogs, SYSFS, e) < 0 || hostonly_want(modules, &watchdogs, e) < 0)
		log_line(log, LOG_WARN, "the watchdog: %s", e->text);
	e->code = 0;
	return 0;
}
