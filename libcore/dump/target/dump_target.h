/*
 * Where a capture's files go. A directory of its own for each dump, below one that holds them all: it is asked for
 * room first, tells at the end how the capture went, and lets old dumps go only once the new one is whole. Or a raw
 * device, which holds one dump for savecore.
 */
#ifndef DUMP_TARGET_DUMP_TARGET_H
#define DUMP_TARGET_DUMP_TARGET_H

#include <stdbool.h>

#include "base/log.h"
#include "dump/identity.h"
#include "dump/target/capture_result.h"
#include "dump/rawdev/raw_writer.h"
#include "sys/raw_device.h"

struct dump_target {
	/* The caller's: */
	const char *parent; /* with a final '/'; NULL for a device */
	const char *device; /* as raw_device_open takes it; NULL for a directory */
	bool disposable;    /* the device, whatever it holds */
	bool replace;       /* a dump on the device that was not saved yet */
	unsigned keep;      /* so many dumps stay, the new one among them; 0: all */
	uint64_t min_free;  /* MiB that must be free on its file system; 0: not asked */
	unsigned at_most;   /* no dump where so many of the last within seconds are there; 0: not asked */
	unsigned within;
	const char
		*tally; /* a file that tells how many of them the targets before hold, and then this one's too; NULL */
	bool saved;     /* what was to be saved is there: with keep, old ones go */
	const struct log *log;
	/* The functions': */
	char *directory; /* PARENT/HOST-YYYY-MM-DD-HHMMSS, or NULL */
	struct capture_result result;
	struct raw_device raw;
	struct raw_writer *writer; /* onto the device, or NULL */
};

/* Whether a person who names a target means a raw device: a block device's path, or a tag as UUID=. */
bool dump_target_is_device(const char *target);

/*
 * Makes the directories, and the result file, which says "running" from here on. Not being able to write the latter is
 * a warning. Returns 0; -ENOSPC where less is free than asked; -EDQUOT where there are too many young dumps; or what
 * directory_make returns. The caller calls dump_target_close, also after a failure.
 */
int dump_target_open(struct dump_target *place, const struct dump_identity *identity, struct error *e);

/* What a message calls it, once it is open: the new directory, or the device. */
const char *dump_target_name(const struct dump_target *place);

/*
 * The next file: one after the other, a sink's commit before the next file. flattened as in save_options. Returns 0
 * and *sink, or a negative errno.
 */
int dump_target_file(struct dump_target *place, const char *name, bool flattened, struct sink **sink, struct error *e);

/* All files are whole: from here on a device holds a complete dump. Returns 0 or a negative errno. */
int dump_target_complete(struct dump_target *place, struct error *e);

/* Removes a file of a directory, if it is there. */
void dump_target_remove(struct dump_target *place, const char *name);

/* The log of the crashed kernel as vmcore-dmesg.txt. Returns 0 with the counts, or a negative errno. */
int dump_target_put_log(struct dump_target *place, struct kernel *kernel, uint64_t *records, uint64_t *damaged,
			struct error *e);

/* A text as a file of that name. Returns 0 or a negative errno. */
int dump_target_put_text(struct dump_target *place, const char *name, struct span text, struct error *e);

/*
 * Writes the result, with the message, and deletes old dumps where saved is set. What fails is a warning: the
 * dump is there, or is not, by then.
 */
void dump_target_close(struct dump_target *place, enum capture_status status, const char *message);

#endif
