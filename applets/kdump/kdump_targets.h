/* Where a dump would go, and the last capture's result there. */
#ifndef APPLETS_KDUMP_KDUMP_TARGETS_H
#define APPLETS_KDUMP_KDUMP_TARGETS_H

#include "kdump/kdump_facts.h"

enum { KDUMP_TARGETS = 8 };

enum kdump_target_state { TARGET_SILENT, TARGET_FOUND, TARGET_GONE };

/* Shared with a child, which makes all calls that can hang. */
struct kdump_targets {
	unsigned count;
	struct kdump_target {
		char type[16], spec[IMAGE_PLAN_DEVICE]; /* "ext4", "UUID=..." */
		enum kdump_target_state state;
		char device[80];   /* its node */
		char mounted[256]; /* where, or "" */
	} item[KDUMP_TARGETS];
	char last[1400]; /* the last capture's outcome, as a sentence; "": the search did not finish */
	uint64_t last_time;
};

/*
 * Looks for the image's targets and the last capture's result on them. Mounts targets that are not mounted, read-only
 * and visible only to the child. Waits at most 15 s. The caller calls kdump_targets_free. Returns NULL without memory.
 */
struct kdump_targets *kdump_targets_look(const struct kdump_facts *facts);
void kdump_targets_free(struct kdump_targets *targets);

/*
 * Prints a line if pstore has the log of a crash that is not older than the last capture recorded on the targets;
 * targets may be NULL.
 */
void kdump_say_pstore(const struct kdump_targets *targets);

#endif
