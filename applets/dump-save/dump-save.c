/* dump-save: writes a crashed kernel's memory to a file, a pipe, or a directory of its own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "applet.h"
#include "base/cleanup.h"
#include "dump/save.h"
#include "dump/dump_summary.h"
#include "dump/vmcore.h"
#include "shared/progress.h"
#include "dump-save/dump-save_request.h"

enum {
	SAID = 160,
	LEVEL_LEAST = 31,
};

/* One run: the request and its state. */
struct run_state {
	const struct dump_save_request *request;
	struct applet_log log;
	struct source *source;
	struct kernel kernel;
	bool kernel_known;
	struct dump_identity identity;
	struct dump_stats stats;
	struct dump_target_request target_request;
	struct dump_target *target;  /* NULL: a single file or stream */
	struct save_options options; /* the request's, as they changed */
	bool stepped_down;           /* the level was raised for lack of space */
	char said[SAID];             /* the outcome, in one line */
};

/* --- the run ------------------------------------------------------------------------------------------------------ */

static void open_kernel(struct run_state *s)
{
	struct error why;

	if (kernel_init(&s->kernel, s->source, &why) == 0)
		s->kernel_known = true;
	else
		log_line(&s->log.log, LOG_WARN, "%s: no kernel log, and no machine's name", why.text);
	identity_read(&s->identity, s->kernel_known ? &s->kernel : NULL, s->source, &s->log.log);
	if (s->identity.crash_time == 0)
		s->identity.crash_time = (uint64_t)time(NULL);
}

/* The log comes first: if only one thing is saved, it is the most useful. Its failure does not stop the dump. */
static void save_log_beside(struct run_state *s)
{
	uint64_t records = 0, damaged = 0;
	struct error e;

	if (!s->kernel_known)
		return;
	if (dump_target_put_log(s->target, &s->kernel, &records, &damaged, &e) < 0)
		log_line(&s->log.log, LOG_WARN, "the kernel log was not saved: %s", e.text);
	else
		log_line(&s->log.log, LOG_NOTE, "saved the kernel log, %llu records: %s%s", (unsigned long long)records,
			 s->target->name, s->target->ops->is_directory ? "/vmcore-dmesg.txt" : "");
	if (damaged)
		log_line(&s->log.log, LOG_WARN, "skipped %llu damaged records of the log", (unsigned long long)damaged);
}

/* The dump's file: DEST itself, or the target's next file after the log. *name is for messages. */
static int open_dump(struct run_state *s, struct sink **sink, const char **name, struct error *e)
{
	const struct dump_save_request *request = s->request;
	int r;

	*name = request->dest;
	if (!s->target)
		return sink_open(request->dest, request->how, sink, e);
	r = dump_target_open(s->target, &s->identity, e);
	if (r < 0)
		return r;
	save_log_beside(s);
	*name = s->target->name;
	return dump_target_file(s->target, "vmcore", request->how & SINK_FLATTENED, sink, e);
}

/* A readable size: whole MiB, or KiB below 10 MiB. */
static const char *format_size(char out[32], uint64_t bytes)
{
	bool small = bytes < 10 << 20;

	snprintf(out, 32, "%llu %s", (unsigned long long)(bytes >> (small ? 10 : 20)), small ? "KiB" : "MiB");
	return out;
}

/* What the dump left out, and what is wrong with it, if anything. */
static void make_table(const struct run_state *s, char table[SUMMARY_TABLE_SIZE])
{
	unsigned asked = s->options.level;

	summary_table(table, &s->stats, s->stats.less_filtered ? asked & LEVEL_ZERO : asked, s->source->page_size);
}

static void print_table(const struct run_state *s)
{
	char table[SUMMARY_TABLE_SIZE], *save = NULL;

	make_table(s, table);
	for (char *line = strtok_r(table, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		bool bad = strncmp(line, "degraded", 8) == 0 || strncmp(line, "warning", 7) == 0;

		log_line(&s->log.log, bad ? LOG_ERROR : LOG_NOTE, "%s", line);
	}
}

/* The same beside a dump in a directory: vmcore-info.txt. The dump is saved already, so a failure is only a warning. */
static void save_info_beside(struct run_state *s)
{
	char text[SUMMARY_TABLE_SIZE + 512], table[SUMMARY_TABLE_SIZE];
	struct error e;
	int size;

	make_table(s, table);
	size = snprintf(text, sizeof(text),
			"crashbox %s\nhost %s\nkernel %s\ncrash time %llu (seconds since 1970)\n\n%s", CRASHBOX_VERSION,
			identity_host(&s->identity), identity_release(&s->identity),
			(unsigned long long)s->identity.crash_time, table);
	if (dump_target_put_text(s->target, "vmcore-info.txt", span_of(text, (size_t)size), &e) < 0)
		log_line(&s->log.log, LOG_WARN, "the summary was not saved: %s", e.text);
}

static void say_summary(struct run_state *s, const char *name, time_t seconds)
{
	const struct dump_stats *st = &s->stats;
	char memory[32], file[32];

	snprintf(s->said, sizeof(s->said), "saved %s of memory in %s and %lld s%s",
		 format_size(memory, st->pages * s->source->page_size), format_size(file, st->size), (long long)seconds,
		 s->stepped_down ? ", at dump level 31 for lack of space" : "");
	log_line(&s->log.log, LOG_NOTE, "%s: %s%s", s->said, name,
		 s->target && s->target->ops->is_directory ? "/vmcore" : "");
	print_table(s);
}

/* Writes the dump itself. Takes over the sink. */
static int put_dump(struct run_state *s, struct sink *sink, struct error *e)
{
	struct sink *own CLEANUP(sink_destroyp) = sink;
	struct progress_bar bar;
	int r;

	progress_bar_init(&bar, "dump-save");
	bar.quiet = !(s->request->messages & MESSAGE_PROGRESS);
	bar.unit = s->options.format == SAVE_ELF ? 1 : s->source->page_size;
	r = save_dump(s->source, s->kernel_known ? &s->kernel : NULL, &s->identity, &s->options, own, &bar.progress,
		      &s->log.log, &s->stats, e);
	progress_bar_end(&bar);
	return r;
}

/* Whether a dump that ran out of space may be made smaller. */
static bool can_step_down(const struct run_state *s, int result)
{
	return (result == -ENOSPC || result == -EDQUOT) && s->request->accept_partial && s->kernel_known && s->target &&
	       s->target->ops->remove && s->options.level != LEVEL_LEAST;
}

/*
 * Again, at the level that leaves out the most. Removes the first file, which filled the space: its pages are written
 * first again.
 */
static int step_down(struct run_state *s, struct error *e)
{
	struct sink *sink;
	int r;

	log_line(&s->log.log, LOG_WARN, "%s\nstarting again at dump level %d", e->text, LEVEL_LEAST);
	s->stepped_down = true;
	s->options.level = LEVEL_LEAST;
	s->target->ops->remove(s->target, "vmcore-incomplete");
	r = dump_target_file(s->target, "vmcore", s->request->how & SINK_FLATTENED, &sink, e);
	return r < 0 ? r : put_dump(s, sink, e);
}

static int save(struct run_state *s, struct error *e)
{
	time_t start = time(NULL);
	struct sink *sink;
	const char *name;
	int r = open_dump(s, &sink, &name, e);

	if (r < 0)
		return r;
	r = put_dump(s, sink, e);
	if (can_step_down(s, r))
		r = step_down(s, e);
	if (r < 0)
		return r;
	if (s->target) {
		save_info_beside(s);
		r = dump_target_complete(s->target, e);
	}
	if (r == 0)
		say_summary(s, name, time(NULL) - start);
	return r;
}

static int save_source(struct run_state *s, struct error *e)
{
	struct source *source CLEANUP(vmcore_closep) = NULL;
	int r = vmcore_open(s->request->source, &s->log.log, &source, e);

	if (r < 0)
		return r;
	s->source = source;
	open_kernel(s);
	r = save(s, e);
	kernel_deinit(&s->kernel);
	return r;
}

static int run_request(const struct dump_save_request *request)
{
	struct run_state s = {.request = request, .options = request->save};
	bool degraded;
	struct error e;
	int r;

	applet_log_init(&s.log, request->messages & MESSAGE_DEBUG    ? LOG_DEBUG
				: request->messages & MESSAGE_COMMON ? LOG_NOTE
								     : LOG_WARN);
	s.target_request = request->target;
	s.target_request.log = &s.log.log;
	r = request->kind ? target_create(request->kind, &s.target_request, &s.target, &e) : 0;
	if (r == 0)
		r = save_source(&s, &e);
	degraded = r == 0 && (s.stepped_down || summary_degraded(&s.stats));
	dump_target_close(s.target, r == 0,
			  r < 0      ? CAPTURE_FAILED
			  : degraded ? CAPTURE_DEGRADED
				     : CAPTURE_SAVED,
			  r < 0 ? e.text : s.said);
	if (r < 0)
		return applet_error(&e);
	return degraded && !request->accept_partial ? STATUS_DEGRADED : STATUS_DONE;
}

static int run(int argc, char **argv)
{
	struct dump_save_request request;
	int status = dump_save_parse(&request, argc, argv);

	if (status >= 0)
		return status;
	signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an ordinary error */
	return run_request(&request);
}

const struct applet applet_dump_save = {
	.name = "dump-save",
	.usage = "[-d LEVEL] [-E] [-F] [-c|-l|-p|-z] [-f] [--compress HOW] [--message-level N] [--accept-partial] "
		 "[--keep N] [--min-free MIB] [--at-most N] [--within SECONDS] [--tally FILE] "
		 "[--root DIR] [--disposable] [SOURCE] DEST",
	.help = "Saves the crashed kernel's memory, by default from /proc/vmcore, as a KDUMP or ELF file.\n\n"
		"DEST is a file, '-' for standard output, or a directory, written with a final /:\n"
		"it gets HOST-YYYY-MM-DD-HHMMSS/, with vmcore-dmesg.txt first and then vmcore. Until a dump\n"
		"is whole its name ends in -incomplete. The outcome is recorded in last-capture in DEST. Or DEST\n"
		"is a block device, by its path, UUID=, LABEL=, PARTUUID= or PARTLABEL=, for savecore to find.\n\n"
		"Exit status: 0 saved; 1 not saved; 2 wrong usage; 3 saved, but degraded.",
	.options = dump_save_options,
	.run = run,
};
