#include "module/volume_modules.h"

#include <string.h>

static int want_level(struct modules *modules, const struct md_level *level, struct error *e)
{
	const char *name = level->modules[0], *other = level->modules[1];

	if (other && (modules_known(modules, other) || modules_builtin(modules, other)))
		name = other;
	return modules_want(modules, name, e);
}

int modules_want_cipher(struct modules *modules, const char *cipher, struct error *e)
{
	static const char between[] = "-:(),";

	for (cipher += strspn(cipher, between); *cipher; cipher += strspn(cipher, between)) {
		size_t length = strcspn(cipher, between);

		if (modules_want_algorithm(modules, span_of(cipher, length), e) < 0)
			return -e->code;
		cipher += length;
	}
	return 0;
}

static int want_line(struct modules *modules, const struct mapped_line *line, struct error *e)
{
	if (modules_want(modules, line->type->module, e) < 0)
		return -e->code;
	return line->type->encrypted ? modules_want_cipher(modules, line->words.item[CRYPT_CIPHER], e) : 0;
}

int modules_want_volumes(struct modules *modules, const struct plan *plan, struct error *e)
{
	for (size_t i = 0; i < plan->md.count; i++) {
		const struct md_array *array = &plan->md.item[i];

		if (modules_want(modules, "md_mod", e) < 0 ||
		    (array->level && want_level(modules, array->level, e) < 0))
			return error_context(e, "md %s %s", array->device, array->uuid);
	}
	for (size_t i = 0; i < plan->dm.count; i++)
		for (size_t j = 0; j < plan->dm.item[i].count; j++)
			if (want_line(modules, &plan->dm.item[i].line[j], e) < 0)
				return error_context(e, "dm %s", plan->dm.item[i].name);
	return 0;
}
