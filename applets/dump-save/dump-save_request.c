#include "dump-save/dump-save_request.h"

#include <string.h>

enum {
	OPTION_COMPRESS = 256,
	OPTION_MESSAGE_LEVEL,
	OPTION_ACCEPT_PARTIAL,
	OPTION_KEEP,
	OPTION_MIN_FREE,
	OPTION_DISPOSABLE,
	OPTION_AT_MOST,
	OPTION_WITHIN,
	OPTION_TALLY,
	OPTION_ROOT,
	MOST_KEPT = 1000000,
	MOST_MIB = 1 << 30,
	MOST_SECONDS = 365 * 24 * 3600,
	WITHIN = 3600, /* seconds */
};

const struct option dump_save_options[] = {
	{'d', NULL, "LEVEL",
	 "what to leave out, a sum: 1 zero, 2 cache, 4 private cache, 8 user, 16 free (default 31)"},
	{'E', NULL, NULL, "write an ELF file, which gdb reads too; not compressed"},
	{'F', NULL, NULL, "write flattened records, for a target that cannot seek"},
	{'c', NULL, NULL, "compress each page; readable by every reader (zlib)"},
	{'l', NULL, NULL, "the same as -c"},
	{'p', NULL, NULL, "the same as -c"},
	{'z', NULL, NULL, "the same as -c"},
	{'f', NULL, NULL, "replace an existing file, or an unsaved dump on a raw device"},
	{OPTION_COMPRESS, "compress", "HOW", "auto (fast, the default), zlib (smaller, slower) or none"},
	{OPTION_MESSAGE_LEVEL, "message-level", "N", "the sum of 1 progress, 2 messages, 8 details (default 7)"},
	{OPTION_ACCEPT_PARTIAL, "accept-partial", NULL, "exit with 0, not 3, after a whole but degraded dump"},
	{OPTION_KEEP, "keep", "N", "in a directory: after this dump delete the oldest, so that N dumps remain"},
	{OPTION_MIN_FREE, "min-free", "MIB", "in a directory: fail if its file system has less than MIB free"},
	{OPTION_AT_MOST, "at-most", "N", "in a directory: fail if it has N dumps from the last --within seconds"},
	{OPTION_WITHIN, "within", "SECONDS", "how long a dump counts for --at-most (default 3600)"},
	{OPTION_TALLY, "tally", "FILE", "for --at-most: FILE sums up the dumps of several targets"},
	{OPTION_ROOT, "root", "DIR", "in a directory below DIR: links do not lead out of DIR"},
	{OPTION_DISPOSABLE, "disposable", NULL, "a raw device: overwrite it even if it holds a file system"},
	{0},
};

static int parse_compress(struct dump_save_request *r, const char *how)
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
	return applet_usage("--compress takes auto, zlib or none, not '%s'", how);
}

static int parse_operand(struct dump_save_request *r, const char *word)
{
	if (r->source)
		return applet_usage("unexpected argument '%s'", word);
	r->source = r->dest;
	r->dest = word;
	return STATUS_DONE;
}

/* What concerns DEST, and DEST itself. */
static int parse_target(struct dump_save_request *r, int id, const char *value)
{
	switch (id) {
	case OPTION_DISPOSABLE:
		r->target.disposable = true;
		return STATUS_DONE;
	case OPTION_KEEP:
		return applet_number("--keep", value, 1, MOST_KEPT, &r->target.keep);
	case OPTION_MIN_FREE:
		return applet_number("--min-free", value, 0, MOST_MIB, &r->target.min_free);
	case OPTION_AT_MOST:
		return applet_number("--at-most", value, 1, MOST_KEPT, &r->target.at_most);
	case OPTION_WITHIN:
		return applet_number("--within", value, 1, MOST_SECONDS, &r->target.within);
	case OPTION_ROOT:
		r->target.root = value;
		return STATUS_DONE;
	case OPTION_TALLY:
		r->target.tally = value;
		return STATUS_DONE;
	}
	return parse_operand(r, value);
}

static int parse_option(struct dump_save_request *r, int id, const char *value)
{
	switch (id) {
	case 'd':
		r->level_given = true;
		return applet_number("-d", value, 0, 31, &r->save.level);
	case 'E':
		r->save.format = SAVE_ELF;
		return STATUS_DONE;
	case 'F':
		r->how |= SINK_FLATTENED;
		return STATUS_DONE;
	case 'c':
	case 'l':
	case 'p':
	case 'z':
		return parse_compress(r, "auto");
	case 'f':
		r->how |= SINK_REPLACE;
		return STATUS_DONE;
	case OPTION_COMPRESS:
		return parse_compress(r, value);
	case OPTION_MESSAGE_LEVEL:
		return applet_number("--message-level", value, 0, 31, &r->messages);
	case OPTION_ACCEPT_PARTIAL:
		r->accept_partial = r->save.less_filtered = true;
		return STATUS_DONE;
	}
	return parse_target(r, id, value);
}

/* Refuses options that do not apply to the kind of DEST. */
static int check_target(const struct dump_save_request *r)
{
	const struct dump_target_request *t = &r->target;

	if (t->disposable && !(r->kind && r->kind->can_disposable))
		return applet_usage("--disposable needs a raw device, which '%s' is not", r->dest);
	if ((t->keep || t->min_free || t->root || (t->at_most && !(r->kind && t->tally))) &&
	    !(r->kind && r->kind->is_directory))
		return applet_usage("--keep, --min-free, --at-most and --root need a directory of dumps; "
				    "add a final / to DEST");
	return STATUS_DONE;
}

static int check_format(const struct dump_save_request *r)
{
	if (r->save.format == SAVE_ELF && r->compress_given)
		return applet_usage("an ELF file (-E) cannot be compressed");
	if (strcmp(r->dest, "-") == 0 && r->save.format == SAVE_KDUMP && r->compress_given &&
	    !(r->how & SINK_FLATTENED))
		return applet_usage("compressed pages cannot go to a pipe in order; add -F (flattened), or use -E");
	return STATUS_DONE;
}

static int check_request(struct dump_save_request *r)
{
	int status;

	if (!r->dest || !*r->dest)
		return applet_usage("missing DEST");
	if (!r->source)
		r->source = "/proc/vmcore";
	/* Without -d any level is acceptable; the exit status shows. */
	if (!r->level_given)
		r->save.less_filtered = true;
	r->kind = target_kind(r->dest);
	r->target.where = r->dest;
	r->target.replace = r->how & SINK_REPLACE;
	status = check_target(r);
	return status == STATUS_DONE ? check_format(r) : status;
}

int dump_save_parse(struct dump_save_request *r, int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e;
	int id, status;

	*r = (struct dump_save_request){
		.save = {.codec = CODEC_FAST, .level = 31}, .target = {.within = WITHIN}, .messages = 7};
	while ((id = options_next(&o, dump_save_options, &e)) != 0) {
		if (id == OPTION_HELP)
			return -1;
		if (id < 0 && id != OPTION_OPERAND)
			return applet_usage_error(&e);
		status = parse_option(r, id, o.value);
		if (status != STATUS_DONE)
			return status;
	}
	status = check_request(r);
	return status == STATUS_DONE ? -1 : status;
}
