/*
 * What a rehearsal does instead of loading modules and saving a dump.
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
	char story[1024];  /* what the current line did */
	bool wrote;        /* it has written to a target */
	unsigned saved_by; /* the first line that did and then completed; 0: none */
	unsigned failed;   /* lines */
};

/* Adds to the line's story. */
#define rehearsal_note(rehearsal, ...) text_add((rehearsal)->story, sizeof((rehearsal)->story), __VA_ARGS__)

/* Checks that the module is in the image, for this kernel, and loaded here; loads it only if asked to. Returns an exit
 * status. */
int rehearse_module(struct rehearsal *rehearsal, const char *path, const char *parameters);

/* Writes 1 MiB where a dump would go, reads it back and deletes it, in a child, in at most ms. Returns as child_call.
 */
int rehearse_write(struct rehearsal *rehearsal, const char *dest, uint64_t ms);

#endif
