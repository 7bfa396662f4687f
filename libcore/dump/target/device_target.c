/*
 * A raw device, which holds one dump for savecore.
 */
#include <sys/stat.h>

#include "base/cleanup.h"
#include "dump/rawdev/raw_token.h"
#include "dump/rawdev/raw_writer.h"
#include "dump/target/retention.h"
#include "sys/blockdev.h"
#include "sys/raw_device.h"

struct device {
	struct dump_target target;
	struct raw_device raw;
	struct raw_writer *writer; /* NULL: not open */
};

/* A block device's path, or a tag as UUID=. */
static bool is_named(const char *where)
{
	struct stat st;

	return blockdev_is_tag(where) || (stat(where, &st) == 0 && S_ISBLK(st.st_mode));
}

static int open_device(struct dump_target *target, const struct dump_identity *identity, struct error *e)
{
	struct device *d = (struct device *)target;
	const struct dump_target_request *request = target->request;
	struct rawdump_owner owner;
	struct raw_writer_request dump = {.host = identity_host(identity),
					  .crash_time = identity->crash_time,
					  .replace = request->replace,
					  .owner = &owner};
	int r = crash_loop_check(request, 0, e);

	if (r == 0)
		r = raw_token_find(&owner, e);
	if (r == 0)
		r = raw_device_open(request->where, request->disposable ? RAW_DISPOSABLE : RAW_DUMP, &d->raw, e);
	if (r < 0)
		return r;
	target->name = d->raw.path;
	/* Without a token, a dump on a swap device may be one that some program made up. */
	dump.replace |= !owner.tokens[0] && strcmp(d->raw.volume.type, "swap") == 0;
	r = raw_writer_open(d->raw.fd, d->raw.size, d->raw.path, &dump, &d->writer, e);
	if (r < 0)
		close_fd(&d->raw.fd);
	return r;
}

static int open_file(struct dump_target *target, const char *name, unsigned how, struct sink **sink, struct error *e)
{
	struct sink *bottom;
	int r = raw_writer_file(((struct device *)target)->writer, name, &bottom, e);

	return r < 0 ? r : sink_wrap(bottom, how, sink, e);
}

static int complete(struct dump_target *target, struct error *e)
{
	return raw_writer_complete(((struct device *)target)->writer, e);
}

static void close_device(struct dump_target *target, bool saved, enum capture_status status, const char *message)
{
	struct device *d = (struct device *)target;

	(void)saved, (void)status, (void)message; /* savecore records how it ended, where it puts the dump */
	if (d->writer)
		close_fd(&d->raw.fd);
	raw_writer_closep(&d->writer);
}

const struct dump_target_ops device_target = {
	.size = sizeof(struct device),
	.can_disposable = true,
	.is_named = is_named,
	.open = open_device,
	.file = open_file,
	.complete = complete,
	.close = close_device,
};
