#include "plan/collector.h"

struct collector collector_default(void)
{
	return (struct collector){.level = 31, .message_level = -1};
}

void collector_print_options(struct buffer *out, const struct collector *c)
{
	if (c->elf)
		buffer_print(out, " -E");
	if (c->flattened)
		buffer_print(out, " -F");
	if (c->compress)
		buffer_print(out, " -%c", c->compress);
	if (c->message_level >= 0)
		buffer_print(out, " --message-level %d", c->message_level);
}

void collector_print(struct buffer *out, const struct collector *c)
{
	buffer_print(out, "makedumpfile");
	collector_print_options(out, c);
	buffer_print(out, " -d %u", c->level);
}
