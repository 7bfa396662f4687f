/*
 * What a rehearsal does in place of loading modules and of saving a dump.
 */
#ifndef APPLETS_KDUMP_KDUMP_REHEARSE_IO_H
#define APPLETS_KDUMP_KDUMP_REHEARSE_IO_H

#include "base/text.h"
#include "kdump/kdump_facts.h"

enum { REHEARSAL_VARIABLES = 64, REHEARSAL_DIR = 64 };

struct rehearsal {
	const struct kdump_facts *facts;
	bool load_modules;
	char dir[REHEARSAL_DIR];                  /* in place of /target */
	char variables[REHEARSAL_VARIABLES][256]; /* "NAME=value", the last of a name counts */
	size_t nr_variables;
	char story[1024];  /* of the line that runs now */
	bool wrote;        /* it has written to a target */
	unsigned saved_by; /* the first line that did, and went on to its end; 0: none */
	unsigned failed;   /* lines */
};

/* Goes on with the line's story. */
#define rehearsal_note(rehearsal, ...) text_add((rehearsal)->story, sizeof((rehearsal)->story), __VA_ARGS__)

/* Is the module in the image, is it for the kernel, is it loaded here? Loads it only where that was asked for. Returns
 * an exit status. */
int rehearse_module(struct rehearsal *rehearsal, const char *path, const char *parameters);

/* Writes 1 MiB where a dump would go, reads it back and deletes it, in a child, in at most ms. Returns as child_call.
 */
int rehearse_write(struct rehearsal *rehearsal, const char *dest, uint64_t ms);

#endif
