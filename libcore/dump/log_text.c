#include "dump/log_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int log_text_save(struct kernel *kernel, struct sink *sink, const char *end, uint64_t *records, uint64_t *damaged,
		  struct error *e)
{
	char *line CLEANUP(free_ptr) = malloc(PRINTK_SHOWN_MAX);
	struct log_text l = {.sink = sink, .line = line};
	size_t more = end ? strlen(end) : 0;
	int64_t n = line ? printk_walk(kernel, put_record, &l, damaged, e)
			 : error_set(e, ENOMEM, "no memory for a line of the log");
	int r = n < 0 ? (int)n : 0;

	*records = n < 0 ? 0 : (uint64_t)n;
	if (r == 0 && more)
		r = sink_put(sink, l.offset, end, more, e);
	if (r == 0)
		r = sink_commit(sink, l.offset + more, e);
	if (r < 0)
		sink_abort(sink);
	return r;
}

bool log_text_find_end(struct span text, char when[LOG_TEXT_WHEN])
{
	static const char end[] = LOG_TEXT_END;
	bool found = false;
	const uint8_t *at;
	size_t n;

	while (text.size && (at = memmem(text.data, text.size, end, sizeof(end) - 1))) {
		at += sizeof(end) - 1;
		text = span_of(at, text.size - (size_t)(at - text.data));
		for (n = 0; n < LOG_TEXT_WHEN - 1 && n < text.size && at[n] >= ' ' && at[n] < 127; n++)
			when[n] = (char)at[n];
		when[n] = 0;
		found = true;
	}
	return found;
}
