#include "host/resolve.h"

#include "host/find_target.h"
#include "host/hook_directories.h"
#include "host/hostonly_volumes.h"
#include "host/key_files.h"

int plan_resolve(struct plan *plan, const struct host *host, const struct log *log, struct error *e)
{
	if (plan_read_keys(plan, host->root, log, e) < 0 || plan_find_target(plan, host->root, log, e) < 0)
		return -e->code;
	if (!host->known)
		return 0;
	if (!host->root && hostonly_target_volumes(plan, log, e) < 0)
		return error_context(e, "--hostonly");
	return plan_add_hook_directories(plan, host->root, log, e);
}
