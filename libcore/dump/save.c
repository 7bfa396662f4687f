#include "dump/save.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "dump/identity.h"
#include "dump/log_text.h"

enum { BUFFER = 256 << 10 };

static int open_stream(const char *path, struct sink **sink, struct error *e)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? 1 : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	if (fd < 0)
		return error_errno(e, "opening %s", path);
	r = sink_stream_create(fd, standard ? "standard output" : path, sink, e);
	if (r < 0 && !standard)
		close_fd(&fd);
	return r;
}

static int open_bottom(const char *path, const struct save_options *o, struct sink **sink, struct error *e)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return open_stream(path, sink, e);
	if (stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return open_stream(path, sink, e);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		error_set(e, EISDIR, "%s is a directory", path);
		return error_hint(e, "Write it with a final / to make a directory for this dump in it.");
	}
	/* /dev is memory: what is not there as a device shall not become a file. */
	if (strncmp(path, "/dev/", 5) == 0 && lstat(path, &st) != 0)
		return error_set(e, ENODEV, "%s: there is no such device", path);
	return sink_file_create(path, o->replace, sink, e);
}

int save_wrap_sink(struct sink *bottom, bool flattened, struct sink **sink, struct error *e)
{
	struct sink *top CLEANUP(sink_destroyp) = bottom;
	struct sink *wrapper = NULL;
	int r = 0;

	if (flattened) {
		r = sink_flattened_create(top, &wrapper, e);
		if (r == 0)
			top = wrapper;
	}
	if (r == 0)
		r = sink_buffer_create(top, BUFFER, &wrapper, e);
	if (r < 0)
		return r;
	top = NULL;
	*sink = wrapper;
	return 0;
}

int save_open_target(const char *path, const struct save_options *o, struct sink **sink, struct error *e)
{
	struct sink *bottom = NULL;
	int r = open_bottom(path, o, &bottom, e);

	return r < 0 ? r : save_wrap_sink(bottom, o->flattened, sink, e);
}

/*
 * Sets the filter up. Without it only zero pages can be left out, and pages that must not be read cannot be told from
 * others.
 */
static int choose_pages(struct selection *selection, struct kernel *kernel, const struct save_options *options,
			const struct log *log, struct encode *job, struct error *e)
{
	struct error why = {.text = "VMCOREINFO is missing or lacks what it takes to read the kernel's memory"};
	int r = kernel ? selection_filter(selection, kernel, options->level, log, &why) : -ENODATA;

	job->identity.level = options->level;
	if (r == 0)
		return 0;
	if (!(options->level & ~(unsigned)LEVEL_ZERO)) {
		log_line(log, LOG_WARN, "broken pages cannot be told from others: %s", why.text);
		return 0;
	}
	/* Damage is no reason to go without a dump; a vmcore that never had what the level needs is a mistake. */
	if (r == -ENODATA && !options->less_filtered) {
		error_set(e, ENODATA, "dump level %u: %s", options->level, why.text);
		return error_hint(e, "Give -d 1, which needs no page array, or --accept-partial to save every page.");
	}
	log_line(log, LOG_WARN, "every page is kept: %s", why.text);
	job->identity.level = options->level & LEVEL_ZERO;
	job->stats.less_filtered = true;
	return 0;
}

int save_dump(struct source *source, struct kernel *kernel, const struct dump_identity *identity,
	      const struct save_options *options, struct sink *sink, const struct progress *progress,
	      const struct log *log, struct dump_stats *stats, struct error *e)
{
	struct codec *codec CLEANUP(codec_destroyp) = NULL;
	struct selection selection;
	struct encode job = {
		.source = source,
		.kernel = kernel,
		.selection = &selection,
		.sink = sink,
		.identity = *identity,
		.progress = progress,
	};
	int r;

	selection_init(&selection, source);
	r = choose_pages(&selection, kernel, options, log, &job, e);
	if (r == 0 && options->format == SAVE_KDUMP)
		r = codec_create(sink->in_order ? CODEC_NONE : options->codec, source->page_size, &codec, e);
	job.codec = codec;
	if (r == 0)
		r = options->format == SAVE_ELF ? encode_elf(&job, e) : encode_kdump(&job, e);
	if (r == 0)
		r = sink_commit(sink, job.stats.size, e);
	if (r < 0)
		sink_abort(sink);
	selection_deinit(&selection);
	*stats = job.stats;
	return r;
}

int save_log(struct kernel *kernel, struct sink *sink, const char *end, uint64_t *records, uint64_t *damaged,
	     struct error *e)
{
	size_t more = end ? strlen(end) : 0;
	uint64_t size;
	int r = log_text_put(kernel, sink, records, damaged, &size, e);

	if (r == 0 && more)
		r = sink_put(sink, size, end, more, e);
	if (r == 0)
		r = sink_commit(sink, size + more, e);
	if (r < 0)
		sink_abort(sink);
	return r;
}
