/*
 * How the last capture ended: a small text beside the dumps, which the next boot's `kdump status` reads. Lines are
 * "option value": status running|saved|degraded|failed, time SECONDS, directory NAME, message TEXT.
 */
#ifndef DUMP_RESULT_H
#define DUMP_RESULT_H

#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

#define CAPTURE_RESULT "last-capture" /* its name, in the directory that holds the dumps' directories */

enum capture_status {
	CAPTURE_RUNNING, /* begun; one that stays so was cut off */
	CAPTURE_SAVED,
	CAPTURE_DEGRADED,
	CAPTURE_FAILED,
};

struct capture_result {
	enum capture_status status;
	uint64_t time;       /* of the crash, in seconds since 1970 */
	char directory[128]; /* of the dump, a name without slashes; "": none was made */
	char message[256];   /* one line for a person, or "" */
};

/*
 * Reads the text of such a file. Options that are not known are passed over; bytes that cannot be printed become '?'.
 * Returns 0, or -EINVAL where the status is missing or wrong.
 */
int capture_result_parse(struct capture_result *result, struct span text, struct error *e);

#endif
