/* The second stage of dumps to raw devices: from the devices that the image names to its directory. */
#include "kdump/kdump_verbs.h"

#include <string.h>

#include "applet.h"
#include "fmt/conf.h"
#include "kdump/kdump_token.h"
#include "shared/savecore_device.h"

int kdump_save(struct kdump_facts *f)
{
	struct conf_reader reader = {.text = f->plan, .file = "/etc/crashbox.conf"};
	char path[KDUMP_PATH], device[KDUMP_PATH];
	struct conf_option option;
	int status = STATUS_DONE, devices = 0;
	struct error e;
	int r;

	if (kdump_image_check(f, &e) < 0)
		return applet_error(&e);
	kdump_directory(f, path);
	while ((r = conf_next(&reader, &option, &e)) > 0) {
		int one;

		if (!span_is(option.name, "raw") || image_info_text(device, sizeof(device), option.value) < 0)
			continue;
		devices++;
		one = savecore_device(device, path, SAVECORE_SAVE);
		/* A failure is worse than a dump that is not whole. */
		if (one == STATUS_FAILED || status == STATUS_DONE)
			status = one;
	}
	if (r < 0)
		return applet_error(&e);
	if (devices == 0)
		applet_say("the image names no raw device: nothing to save");
	if (status != STATUS_FAILED)
		kdump_token_settle(f);
	return status;
}
