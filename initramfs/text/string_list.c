#include "text/string_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int string_list_add(struct string_list *list, struct span name, struct error *e)
{
	char **larger = realloc(list->item, (list->count + 1) * sizeof(*larger));
	char *copy = larger ? strndup((const char *)name.data, name.size) : NULL;

	if (larger)
		list->item = larger;
	if (!copy)
		return error_set(e, ENOMEM, "out of memory");
	list->item[list->count++] = copy;
	return 0;
}

void string_list_deinit(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){0};
}
