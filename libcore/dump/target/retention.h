/*
 * Old dumps make room for new ones: a given number stays, the oldest are deleted.
 */
#ifndef DUMP_TARGET_RETENTION_H
#define DUMP_TARGET_RETENTION_H

#include "dump/target/dump_target.h"

/*
 * Deletes dump directories beside OWN, a name in an open directory, whose path is where, until KEEP (at least 1)
 * remain, OWN among them: first those whose dump broke off (they hold a vmcore-incomplete), then the oldest, by the
 * time in their names. If the dump in OWN broke off, no whole dump is deleted for it; if OWN holds only the log, only
 * others of that kind are: KEEP of each remain. Only directories are deleted whose name is HOST-YYYY-MM-DD-HHMMSS[-n],
 * is on the same file system and has the same owner and mode as OWN, holds regular files and nothing else, and is not
 * of a later time than OWN. Links are not followed. What cannot be deleted is a warning on the log. Returns how many
 * were deleted, or a negative errno where the directory or OWN cannot be read.
 */
int retention_apply(int parent, const char *where, const char *own, unsigned keep, const struct log *log,
		    struct error *e);

/*
 * How many directories in an open directory hold a whole dump (a file vmcore that is not empty; both of users that
 * directory_trusts) of a crash after time - within and not after time, by the times in their names; in seconds, time
 * since 1970. One that cannot be read holds none.
 */
unsigned retention_recent(int parent, uint64_t time, uint64_t within);

/*
 * A machine that crashes again and again must not spend its time and its disks on the same dump: whether a target may
 * have another one, by the request's at_most, within and tally. here: how many recent dumps it has; those on earlier
 * targets count too. Returns 0 or -EDQUOT.
 */
int crash_loop_check(const struct dump_target_request *request, unsigned here, struct error *e);

/*
 * The part of a dump directory's name that tells its time, as text that sorts by it: "2026-01-31-235959"; *n is the
 * number after it, of up to 9 digits, 1 where there is none. NULL where the name is of another form.
 */
const char *retention_time(const char *name, unsigned *n);

#endif
