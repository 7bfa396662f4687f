/* dmesg-save: the crashed kernel's log as text. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/utc.h"
#include "dump/log_text.h"
#include "dump/target/dump_directory.h"
#include "dump/target/target_kinds.h"
#include "dump/vmcore.h"
#include "fmt/vmcoreinfo.h"

enum { OPTION_KEEP = 256, OPTION_MIN_FREE, OPTION_ROOT, MOST_KEPT = 1000000, MOST_MIB = 1 << 30 };

static const struct option options[] = {
	{'f', NULL, NULL, "replace an existing file"},
	{OPTION_KEEP, "keep", "N", "in a directory: after this log delete the oldest, so that N logs remain"},
	{OPTION_MIN_FREE, "min-free", "MIB", "in a directory: fail where its file system has less free than that"},
	{OPTION_ROOT, "root", "DIR", "in a directory below DIR: links do not lead out of DIR"},
	{0},
};

struct request {
	const char *operands[2]; /* SOURCE, DEST */
	size_t nr_operands;
	bool replace;
	unsigned keep, min_free;
	const char *root;
};

/* A directory of dumps. */
struct beside {
	struct dump_target *target;
	bool dump_failed; /* for the same crash, with the reason in its result */
	char why[160];
};

/* On a console and in pstore the log has neither a name nor a date. */
static void describe_end(char *text, size_t size, const struct source *source)
{
	uint64_t seconds;
	char when[UTC_SIZE];

	if (!vmcoreinfo_decimal(source->vmcoreinfo, "CRASHTIME", &seconds))
		seconds = (uint64_t)time(NULL);
	utc_text(seconds, " ", ":", when);
	snprintf(text, size, LOG_TEXT_END "%s UTC\n", when);
}

static int save_file(const struct request *request, struct kernel *kernel, uint64_t *records, uint64_t *damaged,
		     struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	const char *dest = request->operands[1];
	struct stat st;
	char end[96];
	int r = sink_open(dest, request->replace ? SINK_REPLACE : 0, &sink, e);

	if (r < 0)
		return r;
	describe_end(end, sizeof(end), kernel->source);
	return log_text_save(kernel, sink, stat(dest, &st) == 0 && S_ISCHR(st.st_mode) ? end : NULL, records, damaged,
			     e);
}

/* If a dump of this crash failed there before: the new result keeps the reason. */
static void look_back(struct beside *b, uint64_t crash_time)
{
	const struct dump_target_request *request = b->target->request;
	struct capture_result result;
	struct error e;
	int parent CLEANUP(close_fd) = directory_open(request->root, request->where, false, &e);

	if (parent < 0 || capture_result_read(&result, parent, &e) < 0 || result.time != crash_time)
		return;
	b->dump_failed = result.status == CAPTURE_FAILED || result.status == CAPTURE_RUNNING;
	snprintf(b->why, sizeof(b->why), "%.159s",
		 result.status == CAPTURE_FAILED ? result.message : "the dump did not finish");
}

static int save_beside(struct beside *b, struct kernel *kernel, uint64_t *records, uint64_t *damaged, struct error *e)
{
	struct dump_identity identity;
	int r;

	identity_read(&identity, kernel, kernel->source, b->target->request->log);
	if (identity.crash_time == 0)
		identity.crash_time = (uint64_t)time(NULL);
	look_back(b, identity.crash_time);
	r = dump_target_open(b->target, &identity, e);
	return r < 0 ? r : dump_target_put_log(b->target, kernel, records, damaged, e);
}

static int save_from(const struct request *request, struct beside *beside, const struct log *log, uint64_t *records,
		     struct error *e)
{
	struct source *source CLEANUP(vmcore_closep) = NULL;
	struct kernel kernel;
	uint64_t damaged = 0;
	int r = vmcore_open(request->operands[0], log, &source, e);

	if (r < 0)
		return r;
	r = kernel_init(&kernel, source, e);
	if (r == 0)
		r = beside->target ? save_beside(beside, &kernel, records, &damaged, e)
				   : save_file(request, &kernel, records, &damaged, e);
	if (r == 0 && damaged)
		log_line(log, LOG_WARN, "skipped %llu damaged records of the log", (unsigned long long)damaged);
	kernel_deinit(&kernel);
	return r;
}

static int run_request(const struct request *request)
{
	struct applet_log log;
	struct dump_target_request target_request = {.where = request->operands[1],
						     .root = request->root,
						     .keep = request->keep,
						     .min_free = request->min_free,
						     .log = &log.log};
	struct beside beside = {.target = NULL};
	uint64_t records = 0;
	struct error e;
	char said[256];
	int r = 0;

	applet_log_init(&log, LOG_WARN);
	if (directory_target.is_named(target_request.where))
		r = target_create(&directory_target, &target_request, &beside.target, &e);
	if (r == 0)
		r = save_from(request, &beside, &log.log, &records, &e);
	snprintf(said, sizeof(said), "saved the kernel log only, %llu records%s%s", (unsigned long long)records,
		 beside.dump_failed ? "; no dump: " : "", beside.why);
	dump_target_close(beside.target, r == 0, r < 0 || beside.dump_failed ? CAPTURE_FAILED : CAPTURE_SAVED,
			  r < 0 ? e.text : said);
	return r < 0 ? applet_error(&e) : STATUS_DONE;
}

static int parse_option(struct request *r, int id, const char *value)
{
	switch (id) {
	case 'f':
		r->replace = true;
		return STATUS_DONE;
	case OPTION_KEEP:
		return applet_number("--keep", value, 1, MOST_KEPT, &r->keep);
	case OPTION_MIN_FREE:
		return applet_number("--min-free", value, 0, MOST_MIB, &r->min_free);
	case OPTION_ROOT:
		r->root = value;
		return STATUS_DONE;
	}
	if (r->nr_operands == 2)
		return applet_usage("unexpected argument '%s'", value);
	r->operands[r->nr_operands++] = value;
	return STATUS_DONE;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct request request = {.operands = {"/proc/vmcore", "-"}};
	struct error e;
	int id, status;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		status = parse_option(&request, id, o.value);
		if (status != STATUS_DONE)
			return status;
	}
	if ((request.keep || request.min_free || request.root) && !directory_target.is_named(request.operands[1]))
		return applet_usage("--keep, --min-free and --root need a directory of dumps; add a final / to DEST");
	signal(SIGPIPE, SIG_IGN);
	return run_request(&request);
}

const struct applet applet_dmesg_save = {
	.name = "dmesg-save",
	.usage = "[-f] [--keep N] [--min-free MIB] [--root DIR] [SOURCE] [DEST]",
	.help = "Writes the crashed kernel's log as text, from SOURCE (default /proc/vmcore) to DEST: a file, a\n"
		"character device such as /dev/console or /dev/pmsg0 (the last line then says when it\n"
		"crashed), '-' for standard output (the default), or a directory, written with a final /: in it\n"
		"HOST-YYYY-MM-DD-HHMMSS/vmcore-dmesg.txt, and how it ended in DEST/last-capture.",
	.options = options,
	.run = run,
};
