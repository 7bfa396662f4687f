#include "text/string_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/array.h"

int string_list_add(struct string_list *list, struct span name, struct error *e)
{
	char **larger = array_grow(list->item, list->count, sizeof(*larger), e);

	if (!larger)
		return -e->code;
	list->item = larger;
	list->item[list->count] = strndup((const char *)name.data, name.size);
	if (!list->item[list->count])
		return error_set(e, ENOMEM, "out of memory");
	list->count++;
	return 0;
}

int string_list_set(struct string_list *list, size_t item, const char *text, struct error *e)
{
	char *copy = strdup(text);

	if (!copy)
		return error_set(e, ENOMEM, "out of memory");
	free(list->item[item]);
	list->item[item] = copy;
	return 0;
}

void string_list_print(struct buffer *out, const struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		buffer_print(out, "%s%s", i ? " " : "", list->item[i]);
}

void string_list_deinit(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){0};
}
