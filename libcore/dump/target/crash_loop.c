#include "dump/target/crash_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/options.h"
#include "sys/file.h"

enum { MOST_COUNTED = 1000000 };

/* Adds what the targets before hold to this one's count, for the next. A failure is a warning, and does not end the
 * dump. */
static unsigned add_up(const struct dump_target_request *request, unsigned count)
{
	int fd CLEANUP(close_fd) = open(request->tally, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	char text[16] = "";
	long before;
	int size;

	if (fd >= 0)
		read_all_at(fd, text, sizeof(text) - 1, 0);
	before = number_parse(text, MOST_COUNTED);
	count += before > 0 ? (unsigned)before : 0;
	size = snprintf(text, sizeof(text), "%u", count);
	if (write_all_at(fd, text, (size_t)size, 0) < 0)
		log_line(request->log, LOG_WARN, "%s: not written", request->tally);
	return count;
}

int crash_loop_check(const struct dump_target_request *request, unsigned here, struct error *e)
{
	unsigned count = request->at_most && request->tally ? add_up(request, here) : here;

	if (!request->at_most || count < request->at_most)
		return 0;
	error_set(e, EDQUOT, "%s: %u dumps in the last %u s%s; the limit is %u (--at-most, --within)", request->where,
		  count, request->within, count > here ? ", with those on earlier targets" : "", request->at_most);
	return error_hint(e, "dmesg-save saves the kernel's log alone.");
}
