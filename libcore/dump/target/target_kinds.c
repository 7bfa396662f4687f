#include "dump/target/target_kinds.h"

#include <errno.h>
#include <stdlib.h>

const struct dump_target_ops *target_kind(const char *where)
{
	static const struct dump_target_ops *const kinds[] = {&device_target, &directory_target};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->is_named(where))
			return kinds[i];
	return NULL;
}

int target_create(const struct dump_target_ops *kind, const struct dump_target_request *request,
		  struct dump_target **target, struct error *e)
{
	*target = calloc(1, kind->size);
	if (!*target)
		return error_set(e, ENOMEM, "no memory");
	(*target)->ops = kind;
	(*target)->request = request;
	return 0;
}
