/* Archives: every entry that is read lies inside the bytes, and can be written again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/cpio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int put(void *context, const void *data, size_t size)
{
	(void)data;
	*(size_t *)context += size;
	return 0;
}

static void check(const struct cpio_entry *entry, const uint8_t *data, size_t size)
{
	const uint8_t *name = (const uint8_t *)entry->name;
	size_t written = 0;
	struct cpio_writer writer = {.put = put, .context = &written};
	struct error e;

	if (name < data || name + strlen(entry->name) >= data + size)
		abort();
	if (entry->data.size && (entry->data.data < data || entry->data.data + entry->data.size > data + size))
		abort();
	if (cpio_put(&writer, entry, &e) < 0 || written % 4 || written != writer.offset)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio_reader reader = {.archive = span_of(data, size)};
	struct cpio_entry entry;
	uint64_t before = 0;
	struct error e;

	while (cpio_next(&reader, &entry, &e) > 0) {
		check(&entry, data, size);
		if (reader.offset <= before)
			abort();
		before = reader.offset;
	}
	return 0;
}
