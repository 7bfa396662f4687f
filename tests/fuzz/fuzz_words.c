/*
 * Words and lines: names in a dump directory, durations, sizes, signals, mount options, kernel command lines, network
 * targets, the record of the last capture. Every parser gets the whole input; two words have a "|" between them.
 */
#include <errno.h>

#include "base/options.h"
#include "dialect/remote.h"
#include "dump/target/capture_result.h"
#include "dump/target/retention.h"
#include "fmt/kernel_cmdline.h"
#include "fuzz/input.h"
#include "kernel/capture_kernel.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/mounts.h"
#include "text/reservation.h"
#include "text/suggest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the time begins, 17 bytes of it and a '-' before it lie inside the name. */
static void check_dump_name(const char *name)
{
	unsigned n;
	const char *time = retention_time(name, &n);

	if (time && (time <= name || time + 17 > name + strlen(name) || time[-1] != '-'))
		abort();
}

static void check_cmdline(const char *text)
{
	char line[256];
	struct error e;

	for (int capture = 0; capture < 2; capture++)
		if (cmdline_reuse(text, capture, line, sizeof(line), &e) == 0 && capture &&
		    cmdline_has(line, "crashkernel"))
			abort();
	line[0] = 0;
	for (int i = 0; i < 2; i++)
		if (cmdline_add(line, sizeof(line), text, &e) == 0 && strlen(line) >= sizeof(line))
			abort();
}

static void check_numbers(const char *text)
{
	uint64_t ms, size, place;
	struct error e;
	long n = number_parse(text, 1000);

	if (n < -1 || n > 1000)
		abort();
	if (duration_parse(text, &ms, &e) == 0 && ms > 30ULL * 365 * 24 * 3600 * 1000)
		abort();
	if (reservation_read(&size, &place, text, &e) == 0 && (size < 1 << 20 || size > 64ULL << 30))
		abort();
	if (signal_parse(text, &e) < -EINVAL)
		abort();
	kernel_release_number(text);
}

static void check_remote(const char *text)
{
	struct buffer out = {.size = 0};
	struct remote remote;

	if (!remote_from_url(&remote, text))
		remote_print(&out, &remote);
	if (!remote_from_mount(&remote, "nfs", text))
		remote_print(&out, &remote);
	if (!remote_from_login(&remote, text))
		remote_print(&out, &remote);
	buffer_deinit(&out);
}

/* It is printed: no control characters, and the directory is no path. */
static void check_result(struct span text)
{
	struct capture_result result;
	struct error e;

	if (capture_result_parse(&result, text, &e) < 0)
		return;
	if (strchr(result.directory, '/') || result.directory[0] == '.')
		abort();
	for (const char *p = result.message; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = part_text(span_of(data, size)), *half;
	struct mount_options options = {.flags = 0};
	struct error e;

	check_dump_name(text);
	check_cmdline(text);
	check_numbers(text);
	check_remote(text);
	check_result(span_of(data, size));
	mount_options_parse(&options, text, &e);
	mount_options_parse(&options, text, &e);
	half = strchr(text, '|');
	if (half) {
		*half = 0;
		if (suggest_distance(text, half + 1) != suggest_distance(half + 1, text))
			abort();
		suggest_near(text, half + 1);
	}
	free(text);
	return 0;
}
