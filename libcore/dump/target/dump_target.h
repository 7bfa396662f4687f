/*
 * Where a capture's files go, one after the other: an object of one of several kinds, each with its operations. A kind
 * is a file with a struct dump_target_ops, and a row in target_kinds.c.
 */
#ifndef DUMP_TARGET_DUMP_TARGET_H
#define DUMP_TARGET_DUMP_TARGET_H

#include <stdbool.h>

#include "base/log.h"
#include "base/span.h"
#include "dump/identity.h"
#include "dump/sink/sink_open.h"
#include "dump/target/capture_result.h"

/* The caller's requirements; 0 and NULL: none. */
struct dump_target_request {
	const char *where; /* as on the command line */
	const char *root;  /* a directory: what where begins with, and links in it do not lead out of; NULL: they may */
	bool disposable;   /* any content may be overwritten */
	bool replace;      /* overwrite even a dump that was not saved yet */
	unsigned keep;     /* this many dumps remain, the new one among them */
	unsigned min_free; /* MiB that must be free on its file system */
	unsigned at_most;  /* no dump if this many were made within seconds */
	unsigned within;
	const char *tally; /* a file: how many of them the targets before hold, and then this one's too */
	const struct log *log;
};

struct dump_target {
	const struct dump_target_ops *ops;
	const struct dump_target_request *request;
	const char *name; /* what a message calls it, once it is open: the new directory, or the device */
};

struct dump_target_ops {
	size_t size;         /* of the kind's struct, whose first member is a struct dump_target */
	bool is_directory;   /* of dumps: a file on it is called NAME/FILE, and keep, min_free and at_most apply */
	bool can_disposable; /* disposable applies */
	/* Whether a name on the command line means this kind. */
	bool (*is_named)(const char *where);
	int (*open)(struct dump_target *target, const struct dump_identity *identity, struct error *e);
	int (*file)(struct dump_target *target, const char *name, unsigned how, struct sink **sink, struct error *e);
	int (*complete)(struct dump_target *target, struct error *e); /* NULL: nothing to do */
	void (*remove)(struct dump_target *target, const char *name); /* NULL: what was written stays */
	void (*close)(struct dump_target *target, bool saved, enum capture_status status, const char *message);
};

/* The kinds. */
extern const struct dump_target_ops directory_target, device_target;

/*
 * Gets the target ready for one dump. Returns 0; -ENOSPC if less is free than required; -EDQUOT if it has too many
 * recent dumps; or another negative errno. Call dump_target_close in any case.
 */
static inline int dump_target_open(struct dump_target *t, const struct dump_identity *identity, struct error *e)
{
	return t->ops->open(t, identity, e);
}

/*
 * The next file: a sink's commit comes before the next file. how: SINK_FLATTENED or 0. Returns 0 and *sink, or a
 * negative errno.
 */
static inline int dump_target_file(struct dump_target *t, const char *name, unsigned how, struct sink **sink,
				   struct error *e)
{
	return t->ops->file(t, name, how, sink, e);
}

/* All files are whole: from here on the target holds a complete dump. Returns 0 or a negative errno. */
static inline int dump_target_complete(struct dump_target *t, struct error *e)
{
	return t->ops->complete ? t->ops->complete(t, e) : 0;
}

/* The log of the crashed kernel as vmcore-dmesg.txt. Returns 0 with the counts, or a negative errno. */
int dump_target_put_log(struct dump_target *target, struct kernel *kernel, uint64_t *records, uint64_t *damaged,
			struct error *e);

/* A text as a file of that name. Returns 0 or a negative errno. */
int dump_target_put_text(struct dump_target *target, const char *name, struct span text, struct error *e);

/*
 * Records the outcome, deletes old dumps if this one was saved, and frees the target (NULL is fine). Failures are only
 * warnings: the dump's own outcome is already decided.
 */
void dump_target_close(struct dump_target *target, bool saved, enum capture_status status, const char *message);

#endif
