#include "dump/log_text.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "kern/printk.h"

struct log_text {
	struct sink *sink;
	uint64_t offset;
	char *line; /* PRINTK_SHOWN_MAX bytes */
};

static int put_record(void *context, const struct printk_record *record, struct error *e)
{
	struct log_text *l = context;
	size_t size = printk_format(record, l->line, PRINTK_SHOWN_MAX);
	int r = sink_put(l->sink, l->offset, l->line, size, e);

	l->offset += size;
	return r;
}

int log_text_put(struct kernel *kernel, struct sink *sink, uint64_t *records, uint64_t *damaged, uint64_t *size,
		 struct error *e)
{
	char *line CLEANUP(free_ptr) = malloc(PRINTK_SHOWN_MAX);
	struct log_text l = {.sink = sink, .line = line};
	int64_t n;

	if (!line)
		return error_set(e, ENOMEM, "no memory for a line of the log");
	n = printk_walk(kernel, put_record, &l, damaged, e);
	if (n < 0)
		return (int)n;
	*records = (uint64_t)n;
	*size = l.offset;
	return 0;
}
