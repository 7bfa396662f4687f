/*
 * The last capture's outcome: a small text beside the dumps, which the next boot's `kdump status` reads. Lines are
 * "option value": status running|saved|degraded|failed, time SECONDS, directory NAME, message TEXT.
 */
#ifndef DUMP_TARGET_CAPTURE_RESULT_H
#define DUMP_TARGET_CAPTURE_RESULT_H

#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

#define CAPTURE_RESULT "last-capture" /* its name, in the directory that holds the dumps' directories */

enum capture_status {
	CAPTURE_RUNNING, /* begun; if it stays so, a deadline, a hang or a loss of power ended it */
	CAPTURE_SAVED,
	CAPTURE_DEGRADED, /* a whole dump, but pages could not be read, or fewer were left out than asked */
	CAPTURE_FAILED,
};

struct capture_result {
	enum capture_status status;
	uint64_t time;       /* of the crash, in seconds since 1970 */
	char directory[128]; /* of the dump, a name without slashes; "": none was made */
	char message[256];   /* one line for a person, or "" */
};

/* The status as its word in the file. */
const char *capture_status_name(enum capture_status status);

/*
 * Reads the text of such a file. Skips unknown options; in the message, unprintable bytes become '?', and what is too
 * long is cut. Returns 0, or -EINVAL if status is missing or wrong, the time is not a number, or the directory is not a
 * plain name.
 */
int capture_result_parse(struct capture_result *result, struct span text, struct error *e);

/*
 * Reads last-capture in an open directory: a regular file that directory_trusts. Returns 0; -ENOENT; -EPERM: it is
 * something else; or another negative errno.
 */
int capture_result_read(struct capture_result *result, int parent, struct error *e);

/*
 * Writes last-capture in an open directory, whose path is where, mode 0600, through last-capture-incomplete, synced and
 * renamed; replaces an existing file. What else has one of these names is removed, or moved out of the way. A message
 * of several lines becomes one. Returns 0 or a negative errno.
 */
int capture_result_write(const struct capture_result *result, int parent, const char *where, struct error *e);

#endif
