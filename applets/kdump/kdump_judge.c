#include "kdump/kdump_judge.h"

#include <errno.h>
#include <stdio.h>

static struct armed_facts collect(const struct kdump_facts *f)
{
	return (struct armed_facts){
		.reserved = f->reserved,
		.loaded = f->loaded,
		.asked_for = f->asked_for,
		.disabled = f->disabled,
		.minimum = f->info.minimum,
		.conf = f->conf,
		.conf_changed = kdump_conf_changed(f),
		.image = f->image,
		.image_found = f->image_found,
		.image_changed = f->record.known && f->image_found && f->record.image != f->image_crc,
		.image_error = f->image_error.code ? f->image_error.text : NULL,
		.kernel = f->kernel,
		.kernel_changed = kdump_kernel_changed(f),
	};
}

int kdump_check_reservation(const struct kdump_facts *f, struct error *e)
{
	struct armed_facts a = collect(f);
	char text[400];

	if (armed_reserved(&a))
		return 0;
	armed_why_not(&a, text, sizeof(text));
	return error_set(e, ENOMEM, "%s", text);
}

enum armed kdump_judge(const struct kdump_facts *f, const struct kdump_targets *targets, char *text, size_t size)
{
	struct armed_facts a = collect(f);
	char target[400] = "";

	a.target = target;
	for (unsigned i = 0; targets && i < targets->count; i++) {
		const struct kdump_target *t = &targets->item[i];

		a.targets++;
		a.targets_found += t->state == TARGET_FOUND;
		a.targets_silent += t->state == TARGET_SILENT;
		/* The first that exists, else the first. */
		if (!target[0] || (t->state == TARGET_FOUND && a.targets_found == 1))
			snprintf(target, sizeof(target), "%s %s", t->type, t->spec);
	}
	return armed_judge(&a, text, size);
}
