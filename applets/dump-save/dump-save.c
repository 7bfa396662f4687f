/* dump-save: a crashed kernel's memory into a file, a pipe, or a directory of its own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "applet.h"
#include "base/cleanup.h"
#include "dump/target/dump_target.h"
#include "dump/save.h"
#include "dump/dump_summary.h"
#include "dump/vmcore.h"
#include "shared/progress.h"
#include "dump-save/dump-save_request.h"

enum {
	SAID = 160,
	LEVEL_LEAST = 31,
};

/* One run: the request and what it works on. */
struct run_state {
	const struct dump_save_request *request;
	struct applet_log log;
	struct source *source;
	struct kernel kernel;
	bool kernel_known;
	struct dump_identity identity;
	struct dump_stats stats;
	struct dump_target place;    /* of a directory target */
	struct save_options options; /* the request's, and what became of them */
	bool stepped_down;           /* the level is another one than asked, for want of space */
	char said[SAID];             /* what became of the dump, in one line */
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

/* The log goes out first: should nothing else come through, it tells the most. It never stops the dump. */
static void save_log_beside(struct run_state *s)
{
	uint64_t records = 0, damaged = 0;
	struct error e;

	if (!s->kernel_known)
		return;
	if (dump_target_put_log(&s->place, &s->kernel, &records, &damaged, &e) < 0)
		log_line(&s->log.log, LOG_WARN, "the kernel log was not saved: %s", e.text);
	else
		log_line(&s->log.log, LOG_NOTE, "saved the kernel log, %llu records: %s%s", (unsigned long long)records,
			 dump_target_name(&s->place), s->place.directory ? "/vmcore-dmesg.txt" : "");
	if (damaged)
		log_line(&s->log.log, LOG_WARN, "%llu records of the log are damaged and left out",
			 (unsigned long long)damaged);
}

/* Where the dump goes: a file, or the next one of a place, with the log before it. *name: what a message calls it. */
static int open_target(struct run_state *s, struct sink **sink, const char **name, struct error *e)
{
	const struct dump_save_request *request = s->request;
	int r;

	*name = request->target;
	if (!dump_save_into_place(request))
		return save_open_target(request->target, &request->save, sink, e);
	r = dump_target_open(&s->place, &s->identity, e);
	if (r < 0)
		return r;
	save_log_beside(s);
	*name = dump_target_name(&s->place);
	return dump_target_file(&s->place, "vmcore", request->save.flattened, sink, e);
}

/* A size as a person reads it: whole MiB, or KiB below ten of them. */
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

/* The same beside a dump in a directory: vmcore-info.txt. The dump is saved by now, so this failing is a warning. */
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
	if (dump_target_put_text(&s->place, "vmcore-info.txt", span_of(text, (size_t)size), &e) < 0)
		log_line(&s->log.log, LOG_WARN, "the summary was not saved: %s", e.text);
}

static void say_summary(struct run_state *s, const char *name, time_t seconds)
{
	const struct dump_stats *st = &s->stats;
	char memory[32], file[32];

	snprintf(s->said, sizeof(s->said), "saved %s of memory in %s and %lld s%s",
		 format_size(memory, st->pages * s->source->page_size), format_size(file, st->size), (long long)seconds,
		 s->stepped_down ? ", at dump level 31 for want of space" : "");
	log_line(&s->log.log, LOG_NOTE, "%s: %s%s", s->said, name, s->place.directory ? "/vmcore" : "");
	print_table(s);
}

/* The dump itself. The sink is this function's from here on. */
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

/* Whether a dump for which there was no space can be had smaller, by someone who takes what can be had. */
static bool can_step_down(const struct run_state *s, int result)
{
	return (result == -ENOSPC || result == -EDQUOT) && s->request->accept_partial && s->kernel_known &&
	       s->place.directory && s->options.level != LEVEL_LEAST;
}

/*
 * Again, at the level that leaves out the most. What there is of the first file, its most valuable pages, goes before:
 * it is what has taken the space, and those pages are the first to be written again.
 */
static int step_down(struct run_state *s, struct error *e)
{
	struct sink *sink;
	int r;

	log_line(&s->log.log, LOG_WARN, "%s\nbeginning again at dump level %d", e->text, LEVEL_LEAST);
	s->stepped_down = true;
	s->options.level = LEVEL_LEAST;
	dump_target_remove(&s->place, "vmcore-incomplete");
	r = dump_target_file(&s->place, "vmcore", s->options.flattened, &sink, e);
	return r < 0 ? r : put_dump(s, sink, e);
}

static int save(struct run_state *s, struct error *e)
{
	time_t start = time(NULL);
	struct sink *sink;
	const char *name;
	int r = open_target(s, &sink, &name, e);

	if (r < 0)
		return r;
	r = put_dump(s, sink, e);
	if (can_step_down(s, r))
		r = step_down(s, e);
	if (r < 0)
		return r;
	if (dump_save_into_place(s->request)) {
		save_info_beside(s);
		r = dump_target_complete(&s->place, e);
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
	s.place = (struct dump_target){.parent = request->device ? NULL : request->target,
				       .device = request->device ? request->target : NULL,
				       .disposable = request->disposable,
				       .replace = request->save.replace,
				       .keep = request->keep,
				       .min_free = request->min_free,
				       .at_most = request->at_most,
				       .within = request->within,
				       .tally = request->tally,
				       .log = &s.log.log};
	r = save_source(&s, &e);
	degraded = r == 0 && (s.stepped_down || summary_degraded(&s.stats));
	s.place.saved = r == 0;
	if (dump_save_into_place(request))
		dump_target_close(&s.place,
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

	if (status < 0)
		return applet_help();
	if (status != STATUS_DONE)
		return status;
	signal(SIGPIPE, SIG_IGN); /* a reader that goes is an error like any other */
	return run_request(&request);
}

const struct applet applet_dump_save = {
	.name = "dump-save",
	.usage = "[-d LEVEL] [-E] [-F] [-c|-l|-p|-z] [-f] [--compress HOW] [--message-level N] [--accept-partial] "
		 "[--keep N] [--min-free MIB] [--at-most N] [--within SECONDS] [--tally FILE] "
		 "[--disposable] [SOURCE] DEST",
	.help = "Saves the crashed kernel's memory, by default from /proc/vmcore, as a KDUMP or ELF file.\n\n"
		"DEST is a file, '-' for standard output, or a directory, written with a final /:\n"
		"in it HOST-YYYY-MM-DD-HHMMSS/ is made, with vmcore-dmesg.txt first and then vmcore.\n"
		"Until a dump is whole its name ends in -incomplete. How it ended is noted in DEST/last-capture.\n"
		"Or it is a block device, by its path, UUID=, LABEL=, PARTUUID= or PARTLABEL=, for savecore to "
		"find.\n\n"
		"Exit status: 0 saved; 1 not saved; 2 wrong usage; 3 saved, but degraded.",
	.options = dump_save_options,
	.run = run,
};
