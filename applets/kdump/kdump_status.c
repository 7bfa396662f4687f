/* Is this machine armed, and what will it do? */
#include "kdump/kdump_judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "kdump/kdump_verbs.h"

int kdump_status(struct kdump_facts *f)
{
	struct kdump_targets *targets = kdump_targets_look(f);
	char text[1024];
	enum armed armed = kdump_judge(f, targets, text, sizeof(text));

	puts(text);
	printf("last capture: %s\n", !targets || !targets->count ? "unknown: the image names no target"
				     : targets->last[0]          ? targets->last
								 : "unknown: no target was found");
	kdump_say_pstore(targets);
	kdump_targets_free(targets);
	return armed == ARMED ? STATUS_DONE : armed == ARMED_NOT ? STATUS_FAILED : STATUS_DEGRADED;
}

static void print_file(const char *name, struct span text)
{
	if (!text.size)
		return;
	printf("\n# %s\n", name);
	fwrite(text.data, 1, text.size, stdout);
	if (text.data[text.size - 1] != '\n')
		putchar('\n');
}

int kdump_query(struct kdump_facts *f)
{
	char line[4096];
	struct error e;

	if (kdump_image_check(f, &e) < 0)
		return applet_error(&e);
	printf("image          %s, %zu KiB compressed, %llu KiB unpacked%s%s\n", f->image, f->image_size >> 10,
	       (unsigned long long)f->initrd.unpacked >> 10, f->info.made_by[0] ? ", made by " : "", f->info.made_by);
	printf("configuration  %s%s%s\n", f->conf[0] ? f->conf : "none",
	       f->info.configuration.known ? ", the image was made from " : "", f->info.configuration.name);
	printf("kernel         %s%s%s\n", f->kernel[0] ? f->kernel : "none",
	       f->info.kernel.known ? ", the image was made for " : "", f->info.kernel.name);
	if (f->info.minimum)
		printf("crashkernel    %uM or more\n", armed_wanted_mib(f->info.minimum));
	printf("command line   %s\n", kdump_cmdline(f, line, sizeof(line), &e) < 0 ? "none" : line);
	print_file("/etc/crashbox.conf", f->plan);
	print_file("/etc/capture.sh", f->script);
	return STATUS_DONE;
}
