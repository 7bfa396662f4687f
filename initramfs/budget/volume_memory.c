#include "budget/volume_memory.h"

enum {
	MEMBERS_USUAL = 4, /* of an array, where the plan does not say how many */
	STRIPES = 256,     /* drivers/md/raid5.h NR_STRIPES: each has a page and a bio of each member */
	STRIPE_MEMBER = 4096 + 512,
	STRIPE_HEAD = 2048,
	STRIPE_MORE = 512 << 10, /* measured: what the personality takes besides */
	CRYPT_USE = 2 << 20,     /* measured; 1 MiB of it is dm-crypt's pool of BIO_MAX_VECS pages */
};

static uint64_t array_memory(const struct md_array *array)
{
	uint64_t members = array->members ? array->members : MEMBERS_USUAL;

	if (!array->level || !array->level->stripes)
		return 0;
	return STRIPES * (STRIPE_HEAD + members * STRIPE_MEMBER) + STRIPE_MORE;
}

uint64_t volume_memory(const struct plan *plan)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < plan->md.count; i++)
		bytes += array_memory(&plan->md.item[i]);
	for (size_t i = 0; i < plan->dm.count; i++)
		for (size_t j = 0; j < plan->dm.item[i].count; j++)
			bytes += plan->dm.item[i].line[j].type->encrypted ? CRYPT_USE : 0;
	return bytes;
}
