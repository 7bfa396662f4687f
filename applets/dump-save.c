/* dump-save: a crashed kernel's memory into a file, a pipe, or a directory of its own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "applet.h"
#include "base/cleanup.h"
#include "dump/directory.h"
#include "dump/identity.h"
#include "dump/save.h"
#include "dump/summary.h"
#include "dump/vmcore.h"
#include "progress.h"

enum {
	OPTION_COMPRESS = 256,
	OPTION_MESSAGE_LEVEL,
	OPTION_ACCEPT_PARTIAL,
	/* bits of makedumpfile's message level */
	MESSAGE_PROGRESS = 1,
	MESSAGE_COMMON = 2,
	MESSAGE_DEBUG = 8,
};

static const struct option options[] = {
	{'d', NULL, "LEVEL",
	 "what to leave out, a sum: 1 zero, 2 cache, 4 private cache, 8 user, 16 free (default 31)"},
	{'E', NULL, NULL, "write an ELF file, which gdb reads too; not compressed"},
	{'F', NULL, NULL, "write flattened records, for a target that cannot seek"},
	{'c', NULL, NULL, "compress each page; readable by every reader (zlib)"},
	{'l', NULL, NULL, "the same as -c"},
	{'p', NULL, NULL, "the same as -c"},
	{'z', NULL, NULL, "the same as -c"},
	{'f', NULL, NULL, "replace a file that is there"},
	{OPTION_COMPRESS, "compress", "HOW", "auto (fast, the default), zlib (smaller, slower) or none"},
	{OPTION_MESSAGE_LEVEL, "message-level", "N", "the sum of 1 progress, 2 messages, 8 details (default 7)"},
	{OPTION_ACCEPT_PARTIAL, "accept-partial", NULL, "exit with 0, not 3, after a whole but degraded dump"},
	{0},
};

struct request {
	struct save_options save;
	const char *source, *target;
	bool compress_given, level_given, accept_partial;
	unsigned messages;
};

/* One run: the request and what it works on. */
struct run_state {
	const struct request *request;
	struct applet_log log;
	struct source *source;
	struct kernel kernel;
	bool kernel_known;
	struct dump_identity identity;
	struct dump_stats stats;
};

/* A whole number of at most max; -1 where it is not one. */
static int parse_number(const char *text, int max)
{
	char *end;
	long n;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	return *end || errno || n > max ? -1 : (int)n;
}

static int parse_level(const char *text, unsigned *level)
{
	int n = parse_number(text, 31);

	if (n < 0)
		return applet_usage(&applet_dump_save, "dump level '%s' is not a number from 0 to 31", text);
	*level = (unsigned)n;
	return STATUS_DONE;
}

static int parse_compress(struct request *r, const char *how)
{
	static const struct {
		const char *name;
		enum codec_kind kind;
	} kinds[] = {{"auto", CODEC_FAST}, {"zlib", CODEC_ZLIB}, {"none", CODEC_NONE}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(how, kinds[i].name) != 0)
			continue;
		r->save.codec = kinds[i].kind;
		r->compress_given = kinds[i].kind != CODEC_NONE;
		return STATUS_DONE;
	}
	return applet_usage(&applet_dump_save, "--compress takes auto, zlib or none, not '%s'", how);
}

static int parse_operand(struct request *r, const char *word)
{
	if (r->source)
		return applet_usage(&applet_dump_save, "one SOURCE and one DEST are enough; what is '%s'?", word);
	r->source = r->target;
	r->target = word;
	return STATUS_DONE;
}

static int parse_option(struct request *r, int id, const char *value)
{
	int n;

	switch (id) {
	case 'd':
		r->level_given = true;
		return parse_level(value, &r->save.level);
	case 'E':
		r->save.format = SAVE_ELF;
		return STATUS_DONE;
	case 'F':
		r->save.flattened = true;
		return STATUS_DONE;
	case 'c':
	case 'l':
	case 'p':
	case 'z':
		return parse_compress(r, "auto");
	case 'f':
		r->save.replace = true;
		return STATUS_DONE;
	case OPTION_COMPRESS:
		return parse_compress(r, value);
	case OPTION_MESSAGE_LEVEL:
		n = parse_number(value, 31);
		if (n < 0)
			return applet_usage(&applet_dump_save, "--message-level takes 0 to 31, not '%s'", value);
		r->messages = (unsigned)n;
		return STATUS_DONE;
	case OPTION_ACCEPT_PARTIAL:
		r->accept_partial = r->save.less_filtered = true;
		return STATUS_DONE;
	}
	return parse_operand(r, value);
}

static int check_request(struct request *r)
{
	if (!r->target || !*r->target)
		return applet_usage(&applet_dump_save, "where should the dump go? DEST is missing");
	if (!r->source)
		r->source = "/proc/vmcore";
	/* Who asked for no level takes what can be had; the exit status tells. */
	if (!r->level_given)
		r->save.less_filtered = true;
	if (r->save.format == SAVE_ELF && r->compress_given)
		return applet_usage(&applet_dump_save, "an ELF file (-E) cannot be compressed");
	if (strcmp(r->target, "-") == 0 && r->save.format == SAVE_KDUMP && r->compress_given && !r->save.flattened)
		return applet_usage(&applet_dump_save,
				    "compressed pages cannot go to a pipe in order; add -F (flattened), or use -E");
	return STATUS_DONE;
}

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
static void save_log_beside(struct run_state *s, const char *directory)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	struct save_options plain = {.replace = true};
	char *path CLEANUP(free_ptr) = NULL;
	uint64_t records = 0, damaged = 0;
	struct error e;
	int r;

	if (!s->kernel_known)
		return;
	if (asprintf(&path, "%s/vmcore-dmesg.txt", directory) < 0) {
		path = NULL;
		return;
	}
	r = save_open_target(path, &plain, &sink, &e);
	if (r == 0)
		r = save_log(&s->kernel, sink, &records, &damaged, &e);
	if (r < 0)
		log_line(&s->log.log, LOG_WARN, "the kernel log was not saved: %s", e.text);
	else
		log_line(&s->log.log, LOG_NOTE, "saved the kernel log, %llu records: %s", (unsigned long long)records,
			 path);
	if (damaged)
		log_line(&s->log.log, LOG_WARN, "%llu records of the log are damaged and left out",
			 (unsigned long long)damaged);
}

/* A directory target becomes a file in a new directory, with the log beside it. *path is the caller's to free. */
static int settle_target(struct run_state *s, char **path, struct error *e)
{
	const char *target = s->request->target;
	char *directory CLEANUP(free_ptr) = NULL;
	int r;

	if (target[strlen(target) - 1] != '/') {
		*path = strdup(target);
		return *path ? 0 : error_set(e, ENOMEM, "no memory");
	}
	r = directory_make(target, identity_host(&s->identity), s->identity.crash_time, &directory, e);
	if (r < 0)
		return r;
	save_log_beside(s, directory);
	if (asprintf(path, "%s/vmcore", directory) < 0) {
		*path = NULL;
		return error_set(e, ENOMEM, "no memory");
	}
	return 0;
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
	unsigned asked = s->request->save.level;

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
static void save_info_beside(const struct run_state *s, const char *dump)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	struct save_options plain = {.replace = true};
	char text[SUMMARY_TABLE_SIZE + 512], table[SUMMARY_TABLE_SIZE];
	char *path CLEANUP(free_ptr) = NULL;
	struct error e;
	int r, size;

	make_table(s, table);
	size = snprintf(text, sizeof(text),
			"crashbox %s\nhost %s\nkernel %s\ncrash time %llu (seconds since 1970)\n\n%s", CRASHBOX_VERSION,
			identity_host(&s->identity), identity_release(&s->identity),
			(unsigned long long)s->identity.crash_time, table);
	if (asprintf(&path, "%s-info.txt", dump) < 0) {
		path = NULL;
		return;
	}
	r = save_open_target(path, &plain, &sink, &e);
	if (r == 0)
		r = sink_put(sink, 0, text, (size_t)size, &e);
	if (r == 0)
		r = sink_commit(sink, (uint64_t)size, &e);
	if (r < 0)
		log_line(&s->log.log, LOG_WARN, "the summary was not saved: %s", e.text);
}

static void say_summary(const struct run_state *s, const char *path, time_t seconds)
{
	const struct dump_stats *st = &s->stats;
	const struct log *log = &s->log.log;
	char memory[32], file[32];

	log_line(log, LOG_NOTE, "saved %s of memory in %s and %lld s: %s",
		 format_size(memory, st->pages * s->source->page_size), format_size(file, st->size), (long long)seconds,
		 path);
	print_table(s);
}

static int save(struct run_state *s, struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	char *path CLEANUP(free_ptr) = NULL;
	bool show = s->request->messages & MESSAGE_PROGRESS;
	time_t start = time(NULL);
	struct progress_bar bar;
	int r = settle_target(s, &path, e);

	if (r == 0)
		r = save_open_target(path, &s->request->save, &sink, e);
	if (r < 0)
		return r;
	progress_bar_init(&bar, "dump-save");
	bar.unit = s->request->save.format == SAVE_ELF ? 1 : s->source->page_size;
	r = save_dump(s->source, s->kernel_known ? &s->kernel : NULL, &s->identity, &s->request->save, sink,
		      show ? &bar.progress : NULL, &s->log.log, &s->stats, e);
	progress_bar_end(&bar);
	if (r < 0)
		return r;
	if (s->request->target[strlen(s->request->target) - 1] == '/')
		save_info_beside(s, path);
	say_summary(s, path, time(NULL) - start);
	return 0;
}

static int run_request(const struct request *request)
{
	struct run_state s = {.request = request};
	struct source *source CLEANUP(vmcore_closep) = NULL;
	struct error e;
	int r;

	applet_log_init(&s.log, &applet_dump_save,
			request->messages & MESSAGE_DEBUG    ? LOG_DEBUG
			: request->messages & MESSAGE_COMMON ? LOG_NOTE
							     : LOG_WARN);
	r = vmcore_open(request->source, &s.log.log, &source, &e);
	if (r < 0)
		return applet_error(&applet_dump_save, &e);
	s.source = source;
	open_kernel(&s);
	r = save(&s, &e);
	kernel_deinit(&s.kernel);
	if (r < 0)
		return applet_error(&applet_dump_save, &e);
	return summary_degraded(&s.stats) && !request->accept_partial ? STATUS_DEGRADED : STATUS_DONE;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct request request = {.save = {.codec = CODEC_FAST, .level = 31}, .messages = 7};
	struct error e;
	int id, status;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id == OPTION_HELP)
			return applet_help(&applet_dump_save);
		if (id < 0 && id != OPTION_OPERAND)
			return applet_usage_error(&applet_dump_save, &e);
		status = parse_option(&request, id, o.value);
		if (status != STATUS_DONE)
			return status;
	}
	status = check_request(&request);
	if (status != STATUS_DONE)
		return status;
	signal(SIGPIPE, SIG_IGN); /* a reader that goes is an error like any other */
	return run_request(&request);
}

const struct applet applet_dump_save = {
	.name = "dump-save",
	.usage = "[-d LEVEL] [-E] [-F] [-c|-l|-p|-z] [-f] [--compress HOW] [--message-level N] [--accept-partial] "
		 "[SOURCE] DEST",
	.help = "Saves the crashed kernel's memory, by default from /proc/vmcore, as a KDUMP or ELF file.\n\n"
		"DEST is a file, '-' for standard output, or a directory, written with a final /:\n"
		"in it HOST-YYYY-MM-DD-HHMMSS/ is made, with vmcore-dmesg.txt first and then vmcore.\n"
		"Until a dump is whole its name ends in -incomplete.\n\n"
		"Exit status: 0 saved; 1 not saved; 2 wrong usage; 3 saved, but degraded.",
	.options = options,
	.run = run,
};
