#include "kern/printk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/vmcoreinfo.h"

int64_t printk_walk(struct kernel *kernel, printk_fn *fn, void *context, uint64_t *damaged, struct error *e)
{
	static const struct {
		const char *symbol; /* whose presence shows the format */
		int64_t (*walk)(struct kernel *kernel, char *text, printk_fn *fn, void *context, uint64_t *damaged,
				struct error *e);
	} formats[] = {
		{"prb", printk_walk_ring},
		{"log_first_idx", printk_walk_records},
		{"log_end", printk_walk_plain},
	};
	char *text CLEANUP(free_ptr) = malloc(PRINTK_TEXT_MAX);
	uint64_t address;

	*damaged = 0;
	if (!text)
		return error_set(e, ENOMEM, "no memory for a record of the kernel log");
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		int64_t n;

		if (!vmcoreinfo_symbol(kernel->info, formats[i].symbol, &address))
			continue;
		n = formats[i].walk(kernel, text, fn, context, damaged, e);
		return n < 0 ? error_context(e, "the kernel log") : n;
	}
	return error_set(e, ENODATA, "VMCOREINFO does not tell where the kernel log is");
}

size_t printk_format(const struct printk_record *record, char *out, size_t size)
{
	int prefix = record->plain ? 0
				   : snprintf(out, size, "[%5llu.%06llu] ",
					      (unsigned long long)(record->ts_nsec / 1000000000),
					      (unsigned long long)(record->ts_nsec % 1000000000 / 1000));
	size_t used = (size_t)prefix;

	for (size_t i = 0; i < record->size && used + (size_t)prefix + 3 < size; i++) {
		unsigned char c = (unsigned char)record->text[i];
		bool shown = (c >= ' ' && c < 127) || (c >= '\t' && c <= '\r');

		out[used++] = shown ? (char)c : '.';
		if (c != '\n')
			continue;
		memset(out + used, ' ', (size_t)prefix);
		used += (size_t)prefix;
	}
	out[used++] = '\n';
	out[used] = 0;
	return used;
}
