/*
 * A machine that crashes again and again must not spend its time and its disks on the same dump.
 */
#ifndef DUMP_TARGET_CRASH_LOOP_H
#define DUMP_TARGET_CRASH_LOOP_H

#include "dump/target/dump_target.h"

/*
 * Whether a target may have another dump, by the request's at_most, within and tally: once one target has enough, the
 * next one has too. here: how many recent dumps it has. Returns 0 or -EDQUOT.
 */
int crash_loop_check(const struct dump_target_request *request, unsigned here, struct error *e);

#endif
