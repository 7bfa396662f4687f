/* Another token for dumps on raw devices. */
#include <errno.h>

#include "applet.h"
#include "kdump/kdump_token.h"
#include "kdump/kdump_verbs.h"

int kdump_rotate(struct kdump_facts *f)
{
	struct rawdump_owner owner;
	struct error e;

	if (raw_token_find(&owner, &e) < 0)
		return applet_error(&e);
	if (owner.tokens[RAWDUMP_TOKEN]) {
		error_set(&e, EBUSY,
			  "a dump with the previous token may not be saved yet; it is valid until the next boot");
		return applet_error(&e);
	}
	if (kdump_token_make(&owner, &e) < 0)
		return applet_error(&e);
	return f->loaded == 1 ? kdump_restart(f) : STATUS_DONE;
}
