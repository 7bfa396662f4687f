/*
 * A dump of a vmcore of any content, by way of the kernel model, into a target of limited size: as KDUMP, as ELF, and
 * as KDUMP for a target that cannot seek. Whatever the vmcore holds: what is committed is whole for dump-info, and has
 * the pages that were counted.
 */
#include <errno.h>

#include "dump/identity.h"
#include "dump/info.h"
#include "dump/save.h"
#include "dump/vmcore.h"
#include "fuzz/memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 8 << 20 };

struct memory_sink {
	struct sink sink;
	int fd;
	bool committed;
};

static int put(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e)
{
	struct memory_sink *s = (struct memory_sink *)sink;

	if (size > MOST || offset > MOST - size)
		return error_set(e, ENOSPC, "full");
	if (pwrite(s->fd, data, size, (off_t)offset) != (ssize_t)size)
		abort();
	return 0;
}

static int commit(struct sink *sink, uint64_t size, struct error *e)
{
	struct memory_sink *s = (struct memory_sink *)sink;

	if (size > MOST)
		return error_set(e, ENOSPC, "full");
	if (ftruncate(s->fd, (off_t)size) != 0 || s->committed)
		abort();
	s->committed = true;
	return 0;
}

static const struct sink_ops ops = {.put = put, .commit = commit};

static void check_dump(const char *path, const struct dump_stats *stats, enum save_format format)
{
	struct dump_info info;
	struct error e;

	if (dump_info_read(path, &info, &e) < 0 || info.incomplete || !info.has_summary)
		abort();
	if (format == SAVE_KDUMP && info.dumped != stats->pages)
		abort();
}

static void save(struct source *source, struct kernel *kernel, enum save_format format, bool in_order)
{
	const struct save_options options = {.format = format, .codec = CODEC_FAST, .level = 31, .less_filtered = true};
	char path[64];
	struct memory_sink sink = {.sink = {.ops = &ops, .in_order = in_order}, .fd = memory_file(NULL, 0, path)};
	struct dump_identity identity;
	struct dump_stats stats;
	struct error e;

	identity_read(&identity, kernel, source, NULL);
	if (save_dump(source, kernel, &identity, &options, &sink.sink, NULL, NULL, &stats, &e) == 0) {
		if (!sink.committed)
			abort();
		check_dump(path, &stats, format);
	} else if (sink.committed) {
		abort();
	}
	close(sink.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source;
	struct kernel kernel;
	char path[64];
	int fd = memory_file(data, size, path);
	struct error e;

	if (vmcore_open(path, NULL, &source, &e) == 0) {
		bool known = kernel_init(&kernel, source, &e) == 0;

		save(source, known ? &kernel : NULL, SAVE_KDUMP, false);
		save(source, known ? &kernel : NULL, SAVE_KDUMP, true);
		save(source, known ? &kernel : NULL, SAVE_ELF, false);
		kernel_deinit(&kernel);
		vmcore_close(source);
	}
	close(fd);
	return 0;
}
