#include "plan/hook.h"

#include "text/array.h"

int hooks_add(struct hooks *hooks, struct hook *hook, struct error *e)
{
	struct hook *larger = array_grow(hooks->item, hooks->count, sizeof(*larger), e);

	if (!larger)
		return -e->code;
	hooks->item = larger;
	hooks->item[hooks->count++] = *hook;
	hook->words = (struct string_list){0};
	return 0;
}

void hook_deinit(struct hook *hook)
{
	string_list_deinit(&hook->words);
}

void hooks_deinit(struct hooks *hooks)
{
	for (size_t i = 0; i < hooks->count; i++)
		hook_deinit(&hooks->item[i]);
	free(hooks->item);
	*hooks = (struct hooks){0};
}
