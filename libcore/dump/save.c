#include "dump/save.h"

#include <errno.h>

#include "base/cleanup.h"

/* Without a filter only zero pages can be left out, and pages that must not be read look like any others. */
static int choose_pages(struct selection *selection, struct kernel *kernel, const struct save_options *options,
			const struct log *log, struct encode *job, struct error *e)
{
	struct error why = {.text = "VMCOREINFO is missing, or lacks what is needed to read the kernel's memory"};
	int r = kernel ? page_classifier_filter(&selection->classifier, kernel, options->level, log, &why) : -ENODATA;

	job->identity.level = options->level;
	if (r == 0)
		return 0;
	if (!(options->level & ~(unsigned)LEVEL_ZERO)) {
		log_line(log, LOG_WARN, "pages that the kernel marked as broken will be read too: %s", why.text);
		return 0;
	}
	/* A damaged page array is no reason to go without a dump; a vmcore that never had one is a mistake. */
	if (r == -ENODATA && !options->less_filtered) {
		*e = why;
		e->code = ENODATA;
		error_context(e, "dump level %u", options->level);
		return error_hint(e, "Use -d 1, which needs no page array, or --accept-partial to save every page.");
	}
	log_line(log, LOG_WARN, "saving every page: %s", why.text);
	job->identity.level = options->level & LEVEL_ZERO;
	job->stats.less_filtered = true;
	return 0;
}

/* A dump that is degraded is worth its name, one without a page is not. */
static int check_pages(const struct dump_stats *stats, struct error *e)
{
	if (!stats->unreadable || stats->unreadable < stats->pages)
		return 0;
	return error_set(e, EIO, "not one of the %llu pages could be read", (unsigned long long)stats->pages);
}

int save_dump(struct source *source, struct kernel *kernel, const struct dump_identity *identity,
	      const struct save_options *options, struct sink *sink, const struct progress *progress,
	      const struct log *log, struct dump_stats *stats, struct error *e)
{
	struct codec *codec CLEANUP(codec_destroyp) = NULL;
	struct selection selection;
	struct page_order order;
	struct encode job = {
		.source = source,
		.selection = &selection,
		.order = &order,
		.sink = sink,
		.identity = *identity,
		.progress = progress,
	};
	int r;

	selection_init(&selection, source);
	page_order_init(&order, &selection);
	r = choose_pages(&selection, kernel, options, log, &job, e);
	if (r == 0 && options->format == SAVE_KDUMP)
		r = codec_create(sink->in_order ? CODEC_NONE : options->codec, source->page_size, &codec, e);
	job.codec = codec;
	if (r == 0 && options->format == SAVE_KDUMP && !sink->in_order)
		r = page_order_find(&order, kernel, e);
	if (r == 0)
		r = options->format == SAVE_ELF ? encode_elf(&job, e) : encode_kdump(&job, e);
	if (r == 0)
		r = check_pages(&job.stats, e);
	if (r == 0)
		r = sink_commit(sink, job.stats.size, e);
	if (r < 0)
		sink_abort(sink);
	page_order_deinit(&order);
	selection_deinit(&selection);
	*stats = job.stats;
	return r;
}
