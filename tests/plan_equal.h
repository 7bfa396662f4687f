/*
 * Whether two plans are the same: what a plan shows as a configuration must give it again when it is read.
 */
#ifndef TESTS_PLAN_EQUAL_H
#define TESTS_PLAN_EQUAL_H

#include <string.h>

#include "plan/plan.h"

/* Names, never the addresses of the rows that have them: two rows of one name would be the same to the kernel. */
static inline bool same_name(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static inline bool same_strings(const struct string_list *a, const struct string_list *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->item[i], b->item[i]) != 0)
			return false;
	return a->count == b->count;
}

static inline bool same_targets(const struct plan *a, const struct plan *b)
{
	for (size_t i = 0; i < a->nr_targets && i < b->nr_targets; i++)
		if (strcmp(a->targets[i].kind->name, b->targets[i].kind->name) != 0 ||
		    strcmp(a->targets[i].device, b->targets[i].device) != 0)
			return false;
	return a->nr_targets == b->nr_targets;
}

static inline bool same_arrays(const struct md_arrays *a, const struct md_arrays *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++) {
		const struct md_array *x = &a->item[i], *y = &b->item[i];

		if (strcmp(x->device, y->device) != 0 || strcmp(x->uuid, y->uuid) != 0 ||
		    !same_name(x->level ? x->level->name : NULL, y->level ? y->level->name : NULL) ||
		    x->members != y->members || x->force != y->force)
			return false;
	}
	return a->count == b->count;
}

static inline bool same_lines(const struct mapped_device *a, const struct mapped_device *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++) {
		const struct mapped_line *x = &a->line[i], *y = &b->line[i];

		if (x->start != y->start || x->length != y->length || strcmp(x->type->name, y->type->name) != 0 ||
		    !same_strings(&x->words, &y->words))
			return false;
	}
	return a->count == b->count;
}

/* A key that has been read stands in the lines; its file is not shown any more. */
static inline const char *unread_key(const struct mapped_device *device)
{
	return device->key.file && !device->key.digits[0] ? device->key.file : "";
}

static inline bool same_devices(const struct mapped_devices *a, const struct mapped_devices *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->item[i].name, b->item[i].name) != 0 || !same_lines(&a->item[i], &b->item[i]) ||
		    strcmp(unread_key(&a->item[i]), unread_key(&b->item[i])) != 0)
			return false;
	return a->count == b->count;
}

static inline bool same_hooks(const struct hooks *a, const struct hooks *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (!same_strings(&a->item[i].words, &b->item[i].words) || a->item[i].may_fail != b->item[i].may_fail)
			return false;
	return a->count == b->count;
}

static inline bool same_collector(const struct collector *a, const struct collector *b)
{
	return a->level == b->level && a->elf == b->elf && a->flattened == b->flattened && a->compress == b->compress &&
	       a->message_level == b->message_level;
}

/* The first member in which they differ, or "". Only source is not compared, and where: the file is another one. */
static inline const char *plan_difference(const struct plan *a, const struct plan *b)
{
#define DIFFERENT(member, same)                                                                                        \
	if (!(same))                                                                                                   \
	return #member
#define DIFFERENT_TEXT(member)   DIFFERENT(member, strcmp(a->member, b->member) == 0)
#define DIFFERENT_NUMBER(member) DIFFERENT(member, a->member == b->member)
	DIFFERENT(targets, same_targets(a, b));
	DIFFERENT_TEXT(path);
	DIFFERENT_NUMBER(raw_disposable);
	DIFFERENT(md, same_arrays(&a->md, &b->md));
	DIFFERENT(dm, same_devices(&a->dm, &b->dm));
	DIFFERENT(collector, same_collector(&a->collector, &b->collector));
	DIFFERENT_NUMBER(log_only);
	DIFFERENT_NUMBER(final);
	DIFFERENT_NUMBER(failure);
	DIFFERENT(modules, same_strings(&a->modules, &b->modules));
	DIFFERENT_NUMBER(dump_deadline);
	DIFFERENT(pre, same_hooks(&a->pre, &b->pre));
	DIFFERENT(post, same_hooks(&a->post, &b->post));
	DIFFERENT(files, same_strings(&a->files, &b->files));
	DIFFERENT_NUMBER(pre_may_fail);
	DIFFERENT_NUMBER(keep);
	DIFFERENT_NUMBER(min_free);
	DIFFERENT_NUMBER(at_most);
	DIFFERENT_NUMBER(within);
	DIFFERENT_TEXT(append);
	DIFFERENT_TEXT(cmdline);
	DIFFERENT_NUMBER(disabled);
	DIFFERENT_TEXT(kernel);
	DIFFERENT_TEXT(kernel_version);
	DIFFERENT_TEXT(image);
	DIFFERENT_TEXT(kexec_args);
	return "";
#undef DIFFERENT_NUMBER
#undef DIFFERENT_TEXT
#undef DIFFERENT
}

#endif
