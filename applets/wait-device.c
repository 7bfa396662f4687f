#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "applet.h"
#include "sys/blockdev.h"
#include "sys/clock.h"

enum { POLL_MS = 200, DEFAULT_MS = 30000 };

static const struct option options[] = {
	{'t', "timeout", "SECONDS", "maximum wait (default 30; with suffix s, m or h)"},
	{0},
};

static void print_names(const struct volume *v)
{
	const struct {
		const char *tag, *name;
	} names[] = {{"UUID", v->uuid}, {"LABEL", v->label}, {"PARTUUID", v->partuuid}, {"PARTLABEL", v->partlabel}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].name[0])
			fprintf(stderr, " %s=%s", names[i].tag, names[i].name);
}

static int print_device(void *context, const struct blockdev *d)
{
	int *count = context;

	if (++*count == 1)
		applet_say("the block devices that exist:");
	fprintf(stderr, "  %s %llu MiB %s", d->path, (unsigned long long)(d->size >> 20),
		d->volume.type[0] ? d->volume.type : "-");
	print_names(&d->volume);
	fputc('\n', stderr);
	return 0;
}

/* Also lists the devices that do exist. */
static int give_up(uint64_t ms, struct error *e)
{
	struct error ignored;
	int count = 0;

	error_context(e, "not found after %llu s", (unsigned long long)(ms / 1000));
	applet_error(e);
	if (blockdev_each(print_device, &count, &ignored) == 0 && count == 0)
		applet_say("no block devices found: is the driver's module loaded?");
	return STATUS_FAILED;
}

static int wait_for(const char *spec, uint64_t start, uint64_t ms)
{
	struct error e = {.code = 0};
	struct blockdev device;

	for (;;) {
		int result = blockdev_find(spec, &device, &e);

		if (result > 0)
			return STATUS_DONE;
		if (result == -ENOTBLK)
			return applet_error(&e);
		if (clock_ms() - start >= ms)
			return give_up(ms, &e);
		clock_sleep(POLL_MS);
	}
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	uint64_t ms = DEFAULT_MS, start = clock_ms();
	int id, count = 0, status = STATUS_DONE;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		if (id == OPTION_OPERAND)
			argv[count++] = argv[o.index - 1];
		else if (duration_parse(o.value, &ms, &e) < 0)
			return applet_usage_error(&e);
	}
	if (count == 0)
		return applet_usage("missing DEVICE");
	for (int i = 0; i < count && status == STATUS_DONE; i++)
		status = wait_for(argv[i], start, ms);
	return status;
}

const struct applet applet_wait_device = {
	.name = "wait-device",
	.usage = "[-t SECONDS] DEVICE...",
	.help = "Waits until each DEVICE exists: a path, UUID=, LABEL=, PARTUUID= or PARTLABEL=. If one does not\n"
		"appear in time, names it and lists the block devices that exist. The time is for all together.",
	.options = options,
	.run = run,
};
